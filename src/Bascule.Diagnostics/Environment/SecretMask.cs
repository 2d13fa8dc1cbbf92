using System.Text.RegularExpressions;

namespace Bascule.Diagnostics;

/// <summary>Takes secrets out of values that are to be shown: by the name that they stand under, and by their shape. In doubt it masks.</summary>
public static partial class SecretMask
{
    public const string Mask = "***";

    /// <summary>A value of no secret is rarely longer; a bundle of certificates is.</summary>
    private const int Longest = 2000;

    private const int MatchMilliseconds = 1000;

    /// <summary>Names that hold one of these words are those of secrets.</summary>
    private static readonly string[] Words =
    [
        "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "APIKEY", "PRIVATE", "COOKIE", "BEARER", "SIGNATURE", "SALT", "JWT", "OAUTH", "DSN", "CONNECTIONSTRING", "CONNECTION_STRING",
    ];

    /// <summary>The same, where they are a whole part of the name: <c>API_KEY</c>, not <c>KEYBOARD</c>.</summary>
    private static readonly string[] Parts = ["KEY", "KEYS", "PASS", "PW", "AUTH", "AUTHORIZATION", "PIN", "SAS", "CERT", "PAT", "SK"];

    /// <summary>How parts of the names of secrets end: <c>MYSQL_PWD</c>, <c>PGPASS</c>.</summary>
    private static readonly string[] Ends = ["PASS", "PWD"];

    /// <summary>Parts that end so and name a folder, a program or a switch: <c>SSH_ASKPASS</c>.</summary>
    private static readonly string[] HarmlessParts = ["ASKPASS", "BYPASS", "COMPASS"];

    /// <summary>Names that end so are of the place of a secret, which may be seen: <c>MYSQL_PWD_FILE</c>.</summary>
    private static readonly string[] Places = ["FILE", "PATH", "DIR"];

    /// <summary>Names that look like secrets and are none.</summary>
    private static readonly HashSet<string> Harmless = new(StringComparer.OrdinalIgnoreCase) { "SSH_AUTH_SOCK", "XAUTHORITY", "PWD", "OLDPWD" };

    /// <returns>The value, or what may be shown of it.</returns>
    public static string Value(string name, string value)
    {
        if (value.Length == 0 || Harmless.Contains(name))
            return value;
        if (IsNameOfSecret(name) || IsSecret(value))
            return Mask;
        var shown = UserInfo().Replace(value, $"://{Mask}@");
        shown = (name.Contains("HOOK", StringComparison.OrdinalIgnoreCase) ? AnyPath() : HookPath()).Replace(shown, "${host}/" + Mask);
        shown = Told().Replace(Assigned().Replace(shown, "${name}" + Mask), "${name}" + Mask);
        return shown.Length > Longest ? string.Concat(shown.AsSpan(0, Longest), "…") : shown;
    }

    /// <summary>Whether what stands under this name is taken for a secret, whatever it looks like.</summary>
    internal static bool IsNameOfSecret(string name)
    {
        if (Harmless.Contains(name))
            return false;
        var upper = name.ToUpperInvariant();
        var parts = upper.Split('_', '-', '.');
        return Words.Any(word => upper.Contains(word, StringComparison.Ordinal)) || parts.Any(part => Parts.Contains(part, StringComparer.Ordinal))
            || (!Places.Contains(parts[^1], StringComparer.Ordinal) && parts.Any(EndsAsSecret));
    }

    private static bool EndsAsSecret(string part) =>
        !HarmlessParts.Contains(part, StringComparer.Ordinal) && Ends.Any(end => part.EndsWith(end, StringComparison.Ordinal));

    private static bool IsSecret(string value) => WebToken().IsMatch(value) || Pem().IsMatch(value) || KnownKey().IsMatch(value) || IsRandom(value);

    /// <summary>One long word of letters and digits mixed, as generators of keys make them; no path, no name of a host, no list.</summary>
    private static bool IsRandom(string value) =>
        value.Length is >= 20 and <= 1024 && RandomWord().IsMatch(value)
        && value.Any(char.IsAsciiDigit) && value.Any(char.IsAsciiLetter) && (IsHex(value) ? value.Length >= 32 : value.Any(char.IsAsciiLetterUpper) && value.Any(char.IsAsciiLetterLower));

    private static bool IsHex(string value) => value.All(char.IsAsciiHexDigit);

    [GeneratedRegex("eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]*\\.", RegexOptions.None, MatchMilliseconds)]
    private static partial Regex WebToken();

    [GeneratedRegex("-----BEGIN [A-Z ]*(KEY|CERTIFICATE)", RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex Pem();

    /// <summary>Prefixes by which the makers of keys let scanners find them.</summary>
    [GeneratedRegex("(AKIA|ASIA)[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_|xox[abpros]-|sk-[A-Za-z0-9_-]{16,}|[sr]k_(live|test)_[A-Za-z0-9]{10,}|AIza[A-Za-z0-9_-]{30,}|glpat-|npm_[A-Za-z0-9]{20,}|[?&](sig|signature|token|key|password)=", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, MatchMilliseconds)]
    private static partial Regex KnownKey();

    [GeneratedRegex("^[A-Za-z0-9+/_=-]+$", RegexOptions.None, MatchMilliseconds)]
    private static partial Regex RandomWord();

    [GeneratedRegex("://[^/@\\s]*@", RegexOptions.None, MatchMilliseconds)]
    private static partial Regex UserInfo();

    private const string Named = "(?<name>(?:password|passwd|pwd|secret|token|apikey|api[_-]key|accountkey|sharedaccesskey|authorization|bearer)";

    /// <summary><c>Password=…</c> within a connection string.</summary>
    [GeneratedRegex(Named + "[=:])(\"[^\"]*\"?|'[^']*'?|[^;,\\s]+)", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex Assigned();

    /// <summary><c>password is …</c>, <c>--token …</c>: which of the words that follow is the secret, and how many are, nobody knows.</summary>
    [GeneratedRegex(Named + "\\s*[=:]?\\s+)\\S.*$", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.Singleline, MatchMilliseconds)]
    private static partial Regex Told();

    /// <summary>The path of a web hook is the right to call it: <c>hooks.example.com/…</c>, <c>example.com/api/webhooks/…</c>.</summary>
    [GeneratedRegex("(?<host>://([^/?#\\s]*hook[^/?#\\s]*|[^/?#\\s]+(?=/\\S*hooks?/)))[/?#]\\S+", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex HookPath();

    [GeneratedRegex("(?<host>://[^/?#\\s]+)[/?#]\\S+", RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex AnyPath();
}
