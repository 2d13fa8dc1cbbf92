using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Bascule.Sessions;

/// <summary>Name of one session: 32 hexadecimal digits, 128 random bits, so that it cannot be guessed. Fit for a path, a file and the name of a pod.</summary>
public readonly record struct SessionId
{
    private const int Bytes = 16;

    private readonly string? _text;

    private SessionId(string text) => _text = text;

    public static SessionId New() => new(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes)));

    /// <returns>False for everything that <see cref="New"/> could not have made.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out SessionId id)
    {
        id = default;
        if (text is not { Length: 2 * Bytes } || !text.All(char.IsAsciiHexDigitLower))
            return false;
        id = new SessionId(text);
        return true;
    }

    public override string ToString() => _text ?? "";
}
