using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Bascule.Gateway;

/// <summary>Lets a client that lost its connection come back as the same session, so that the old connection, if it still lives, is ended. It grants nothing else: the token of the user is checked again.</summary>
public sealed class ResumeTokens(byte[] key, TimeProvider time)
{
    /// <summary>A client that was away for longer is a new session; its cursors hold all the same.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    private const int SessionBytes = 12;
    private const int MacBytes = 16;
    private const int MostChars = 200;

    public static string NewSession() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SessionBytes));

    /// <param name="subject">The user it is for; null: nobody in particular.</param>
    public string Issue(string session, string? subject)
    {
        var until = (time.GetUtcNow() + Life).ToUnixTimeSeconds();
        return string.Create(CultureInfo.InvariantCulture, $"{session}.{until}.{Mac(session, until, subject)}");
    }

    /// <summary>The session; null when the token is not ours, is over, or is another user's.</summary>
    public string? Check(string token, string? subject)
    {
        if (token.Length > MostChars || token.Split('.') is not [var session, var end, var mac]
            || !long.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out var until) || until < time.GetUtcNow().ToUnixTimeSeconds())
            return null;
        return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(mac), Encoding.ASCII.GetBytes(Mac(session, until, subject))) ? session : null;
    }

    private string Mac(string session, long until, string? subject)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{session}\n{until}\n{subject}");
        return Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)).AsSpan(0, MacBytes));
    }
}
