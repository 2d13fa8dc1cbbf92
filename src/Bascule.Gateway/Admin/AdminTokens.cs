using System.Security.Cryptography;
using System.Text;
using Bascule.Settings;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>Who asks on the admin listener.</summary>
/// <param name="Name">Stands in the audit log.</param>
public sealed record AdminUser(string Name, AdminRole Role);

/// <summary>The tokens of the admin listener, kept as hashes and compared in constant time.</summary>
public sealed class AdminTokens
{
    /// <summary>The name of the one token that is always there: <c>listen.adminToken</c>, or the one in the data folder.</summary>
    public const string FirstOperator = "admin";

    private readonly string _first;
    private readonly Func<ListenSettings> _listen;
    private readonly string _workingDirectory;
    private volatile Known _known;

    /// <param name="first">May act. A reload that gives another <c>listen.adminToken</c> takes its place.</param>
    /// <param name="listen">What the configuration says now; <c>file:PATH</c> is read here.</param>
    /// <exception cref="IOException">A file cannot be read; the rules of the settings read it before.</exception>
    public AdminTokens(string first, Func<ListenSettings> listen, string workingDirectory)
    {
        _first = first;
        _listen = listen;
        _workingDirectory = workingDirectory;
        _known = Learn(listen());
    }

    /// <summary>Null when no token, or none of ours, came with the request.</summary>
    public AdminUser? Find(HttpContext context)
    {
        var given = context.Request.Headers.Authorization.ToString();
        if (!given.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            return null;
        var hash = Hash(given["Bearer ".Length..].Trim());
        AdminUser? found = null;
        // All are compared, so that the time does not tell which.
        foreach (var (known, who) in Current().Tokens)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, known))
                found = who;
        }

        return found;
    }

    /// <summary>A reload makes new settings: a token that was taken out of them is good no more.</summary>
    private Known Current()
    {
        var listen = _listen();
        if (!ReferenceEquals(_known.Of, listen))
            _known = Learn(listen);
        return _known;
    }

    private Known Learn(ListenSettings listen) => new(
        listen,
        [(Hash(listen.AdminToken is { Length: > 0 } configured ? configured : _first), new AdminUser(FirstOperator, AdminRole.Act)), .. listen.AdminTokens.Select(t => (Hash(Read(t, _workingDirectory)), new AdminUser(t.Name, t.Role)))]);

    private static string Read(AdminTokenSettings settings, string workingDirectory) => SecretText.TryRead(settings.Token, workingDirectory, out var token, out var problem)
        ? token
        : throw new IOException($"The token of the operator {settings.Name} {problem}.");

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    private sealed record Known(ListenSettings Of, List<(byte[] Hash, AdminUser User)> Tokens);
}
