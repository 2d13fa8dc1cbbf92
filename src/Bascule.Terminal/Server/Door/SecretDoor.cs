using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Bascule.Terminal;

/// <summary>Lets in who shows the secret of the host: as a bearer token, or among the subprotocols, which is what a browser can do.</summary>
public sealed class SecretDoor : ITerminalDoor
{
    private const string Scheme = "Bearer ";

    private readonly byte[] _digest;

    public SecretDoor(string secret) => _digest = DigestOf(secret);

    public ValueTask<DoorAnswer> CheckAsync(HttpContext context, string? terminal, DoorAction action)
    {
        var shown = SecretOf(context, action);
        if (shown is null)
            return new(DoorAnswer.Refuse(HostRefusal.NotAuthenticated("Show the secret of the host: Authorization: Bearer …")));
        return new(IsSecret(shown)
            ? DoorAnswer.Enter(new TerminalCaller("", ViewerRole.Write, ClientAddress: context.Connection.RemoteIpAddress?.ToString()))
            : DoorAnswer.Refuse(HostRefusal.NotAuthenticated("The secret is another one.")));
    }

    /// <summary>What the request shows as the secret; null when it shows none.</summary>
    public static string? SecretOf(HttpContext context, DoorAction action)
    {
        if (context.Request.Headers.Authorization is [{ } field] && field.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return field[Scheme.Length..].Trim();
        return action == DoorAction.Attach ? TermProtocol.BearerOf(context.WebSockets.WebSocketRequestedProtocols) : null;
    }

    /// <summary>Takes the same time for every secret that is not the one.</summary>
    public bool IsSecret(string shown) => CryptographicOperations.FixedTimeEquals(_digest, DigestOf(shown));

    private static byte[] DigestOf(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
