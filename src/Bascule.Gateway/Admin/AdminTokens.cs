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

    private readonly List<(byte[] Hash, AdminUser AdminUser)> _known;

    /// <param name="first">May act.</param>
    /// <param name="more">Those of the configuration; <c>file:PATH</c> is read here.</param>
    /// <exception cref="IOException">A file cannot be read; the rules of the settings read it before.</exception>
    public AdminTokens(string first, IReadOnlyList<AdminTokenSettings> more, string workingDirectory) =>
        _known = [(Hash(first), new AdminUser(FirstOperator, AdminRole.Act)), .. more.Select(t => (Hash(Read(t, workingDirectory)), new AdminUser(t.Name, t.Role)))];

    /// <summary>Null when no token, or none of ours, came with the request.</summary>
    public AdminUser? Find(HttpContext context)
    {
        var given = context.Request.Headers.Authorization.ToString();
        if (!given.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            return null;
        var hash = Hash(given["Bearer ".Length..].Trim());
        AdminUser? found = null;
        // All are compared, so that the time does not tell which.
        foreach (var (known, who) in _known)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, known))
                found = who;
        }

        return found;
    }

    private static string Read(AdminTokenSettings settings, string workingDirectory) => SecretText.TryRead(settings.Token, workingDirectory, out var token, out var problem)
        ? token
        : throw new IOException($"The token of the operator {settings.Name} {problem}.");

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
