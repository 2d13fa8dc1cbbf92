using System.Buffers;
using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Load;

/// <summary>The fields of our upgrade requests.</summary>
public static class UpgradeFields
{
    // Those that the handshake itself is made of (RFC 6455 §4.1), and those that would promise a body.
    private static readonly HashSet<string> Ours = new(StringComparer.OrdinalIgnoreCase)
    {
        "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Extensions", "Sec-WebSocket-Accept", "Sec-WebSocket-Protocol",
        "Content-Length", "Transfer-Encoding",
    };

    /// <summary>Why a field may not be in <see cref="DialOrder.Headers"/>, for a person; null when it may. The value is not repeated: it may be a secret.</summary>
    public static string? FaultOf(string name, string value)
    {
        if (!HttpSyntax.IsToken(name))
            return $"\"{name}\" is no name of a header: letters, digits and - only";
        if (name.Equals("Sec-WebSocket-Protocol", StringComparison.OrdinalIgnoreCase))
            return $"{name} is made of the subprotocols that are asked for";
        if (Ours.Contains(name))
            return $"{name} belongs to the handshake itself, which this program makes";
        return HttpSyntax.IsValue(value) ? null : $"the value of {name} has a character that no header may have";
    }

    /// <summary>The whole request.</summary>
    /// <exception cref="ArgumentException">A header that may not be there, or a token or subprotocol with a character that may not be there.</exception>
    internal static ReadOnlyMemory<byte> Write(DialOrder order, string key)
    {
        var fields = new HeaderList();
        fields.Add("Host", ValueOf(order, "Host") ?? HostOf(order.Url));
        fields.Add("Upgrade", "websocket");
        fields.Add("Connection", "Upgrade");
        fields.Add("Sec-WebSocket-Key", key);
        fields.Add("Sec-WebSocket-Version", "13");
        if (order.Subprotocols.Count > 0)
            fields.Add("Sec-WebSocket-Protocol", string.Join(", ", order.Subprotocols));
        if (ValueOf(order, "User-Agent") is null)
            fields.Add("User-Agent", "bascule-load");
        if (order.Token is not null && ValueOf(order, "Authorization") is null)
            fields.Add("Authorization", $"Bearer {order.Token}");
        foreach (var (name, value) in order.Headers)
        {
            if (FaultOf(name, value) is { } fault)
                throw new ArgumentException(fault, nameof(order));
            if (!name.Equals("Host", StringComparison.OrdinalIgnoreCase))
                fields.Add(name, value);
        }

        var request = new ArrayBufferWriter<byte>(512);
        if (!order.Subprotocols.All(s => HttpSyntax.IsToken(s)) || !HeadWriter.TryWriteRequest(request, "GET", order.Url.PathAndQuery, fields))
            throw new ArgumentException("The token or a subprotocol has a character that no header may have.", nameof(order));
        return request.WrittenMemory;
    }

    private static string? ValueOf(DialOrder order, string name)
    {
        foreach (var field in order.Headers)
        {
            if (field.Key.Equals(name, StringComparison.OrdinalIgnoreCase))
                return field.Value;
        }

        return null;
    }

    private static string HostOf(Uri url)
    {
        var host = url.HostNameType == UriHostNameType.IPv6 ? url.Host : url.IdnHost;
        return url.IsDefaultPort ? host : $"{host}:{url.Port}";
    }
}
