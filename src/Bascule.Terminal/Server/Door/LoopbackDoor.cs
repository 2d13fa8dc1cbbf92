using System.Net;
using Microsoft.AspNetCore.Http;

namespace Bascule.Terminal;

/// <summary>Lets in whoever is on this machine, for trials: but no page of another site in a browser there, whatever name it found for the address.</summary>
/// <remarks>Localhost is no protection: CVE-2023-0957, CVE-2023-26114. So Host must be a loopback name (DNS rebinding), and Origin absent or the same.</remarks>
public sealed class LoopbackDoor : ITerminalDoor
{
    public ValueTask<DoorAnswer> CheckAsync(HttpContext context, string? terminal, DoorAction action)
    {
        if (context.Connection.RemoteIpAddress is not { } address || !IPAddress.IsLoopback(address))
            return new(DoorAnswer.Refuse(HostRefusal.Forbidden("Without a secret only this machine may come in.")));
        if (!IsLoopbackName(context.Request.Host.Host))
            return new(DoorAnswer.Refuse(HostRefusal.Forbidden("Without a secret the host must be called localhost, 127.0.0.1 or [::1].")));
        if (context.Request.Headers.Origin is [{ } origin] && origin != $"{context.Request.Scheme}://{context.Request.Host}")
            return new(DoorAnswer.Refuse(HostRefusal.Forbidden("Without a secret no page of another origin may come in.")));
        return new(DoorAnswer.Enter(new TerminalCaller("", ViewerRole.Write, ClientAddress: address.ToString())));
    }

    private static bool IsLoopbackName(string name) =>
        name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(name.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
