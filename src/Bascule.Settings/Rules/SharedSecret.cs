namespace Bascule.Settings;

/// <summary>Secrets that machines show each other in a header field: hard to guess, and fit to be sent.</summary>
internal static class SharedSecret
{
    internal const string Recipe = "openssl rand -base64 32";

    // 16 random letters and digits are 95 bits: nobody guesses them over a network.
    private const int LeastCharacters = 16;

    /// <summary>Null when nothing is wrong. Neither part shows the secret.</summary>
    internal static (string Problem, string Remedy)? Fault(string secret)
    {
        if (secret.Any(c => c is <= ' ' or > '~'))
            return ("holds a character that an Authorization header cannot carry", $"Use letters, digits and signs of ASCII, without spaces: {Recipe} makes one.");
        if (secret.Length < LeastCharacters)
            return ($"has {secret.Length} characters; with fewer than {LeastCharacters} it can be guessed", $"Make one: {Recipe}.");
        return null;
    }
}
