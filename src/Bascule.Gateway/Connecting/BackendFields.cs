using System.Diagnostics;
using System.Net;
using Bascule.Admission;
using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>The request as the back end gets it: hop-by-hop fields, tokens and claims of the client taken out, facts of the gateway put in.</summary>
public sealed class BackendFields(IdentityHeaderSettings identity)
{
    /// <summary>Fields that end at this hop (RFC 9110 §7.6.1), and those of the handshake, which the dialer writes anew.</summary>
    private static readonly HashSet<string> HopByHop = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
        "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Sec-WebSocket-Accept", "Content-Length",
    };

    /// <summary>Fields that only a gateway may say: a client's own are dropped, so that a back end can trust them.</summary>
    private static readonly HashSet<string> OursAlone = new(StringComparer.OrdinalIgnoreCase)
    {
        "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Real-IP", "X-Bascule-Attempt", "Via", "traceparent", GatewayTerms.Field,
    };

    /// <summary>Whether a field is never passed on as the client sent it, for ordinary requests too.</summary>
    public bool IsRemoved(string name, bool tokenTaken) =>
        OursAlone.Contains(name) || IdentityHeaders.IsReserved(name, identity) || (tokenTaken && name.Equals("Authorization", StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a field belongs to one hop, or to the handshake: in either direction.</summary>
    internal static bool EndsHere(string name) => HopByHop.Contains(name);

    /// <summary>The same as a list of names.</summary>
    public IReadOnlyCollection<string> Removed(bool tokenTaken) =>
        tokenTaken ? [.. OursAlone, .. IdentityHeaders.Names(identity), "Authorization"] : [.. OursAlone, .. IdentityHeaders.Names(identity)];

    /// <summary>All fields of an upgrade request but those of the handshake itself.</summary>
    public HeaderList ForUpgrade(Passage passage)
    {
        var named = Named(passage.Head.Headers.Joined("Connection"));
        var fields = new HeaderList(passage.Head.Headers.Count + 10);
        // Over HTTP/2 it may stand in :authority alone; Kestrel makes a Host of that.
        if (passage.Head.Headers.First("Host") is null)
            fields.Add("Host", passage.Head.Host);
        foreach (var field in passage.Head.Headers)
        {
            if (!field.Key.StartsWith(':') && !HopByHop.Contains(field.Key) && !named.Contains(field.Key) && !IsRemoved(field.Key, passage.TokenTaken))
                fields.Add(field.Key, field.Value);
        }

        foreach (var (name, value) in Added(passage))
            fields.Add(name, value);
        return fields;
    }

    /// <summary>What the gateway adds: who asks (verified), from where, by which way, under which attempt and trace.</summary>
    public List<KeyValuePair<string, string>> Added(Passage passage)
    {
        var head = passage.Head;
        var source = passage.Source!;
        var added = new List<KeyValuePair<string, string>>(12);
        var address = source.Address?.ToString() ?? "unknown";
        added.Add(new("X-Forwarded-For", address));
        added.Add(new("X-Forwarded-Proto", source.Scheme));
        added.Add(new("X-Forwarded-Host", source.Host));
        added.Add(new("Forwarded", $"for={(address.Contains(':') ? $"\"[{address}]\"" : address)};host=\"{source.Host.Replace("\"", "", StringComparison.Ordinal)}\";proto={source.Scheme}"));
        added.Add(new("Via", head.Headers.Joined("Via") is { } via ? $"{via}, {Version(head.Kind)} bascule" : $"{Version(head.Kind)} bascule"));
        added.Add(new("X-Bascule-Attempt", passage.Attempt.Id.ToString()));
        added.Add(new("traceparent", passage.Span?.TraceParent ?? TraceParent(head.Headers.First("traceparent"))));
        if (passage.Identity is { } verified)
            added.AddRange(IdentityHeaders.For(verified, identity));
        return added;
    }

    /// <summary>Path and query for the back end: prefix cut off, our own parameters and a checked token taken out.</summary>
    public static string PathAndQuery(Passage passage)
    {
        var path = WithoutPrefix(passage.Head.Path, passage.Match.Route!.Settings.StripPrefix);
        var query = passage.TokenTaken
            ? QueryText.Without(passage.Head.Query, AttemptDesk.IdParameter, TokenSource.QueryParameter, TicketSource.QueryParameter)
            : QueryText.Without(passage.Head.Query, AttemptDesk.IdParameter);
        return path + query;
    }

    /// <summary>Whole segments are cut off: <c>/api</c> is no prefix of <c>/apis</c>.</summary>
    private static string WithoutPrefix(string path, string? prefix)
    {
        prefix = prefix?.TrimEnd('/');
        if (prefix is null || !path.StartsWith(prefix, StringComparison.Ordinal))
            return path;
        return path.Length == prefix.Length ? "/" : path[prefix.Length] == '/' ? path[prefix.Length..] : path;
    }

    internal static string Address(IPEndPoint? remote) => remote?.Address is { } address
        ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString()
        : "unknown";

    /// <summary>W3C trace context: the client's trace goes on with a new span of ours, or a new trace begins.</summary>
    private static string TraceParent(string? incoming)
    {
        var trace = incoming is not null && ActivityContext.TryParse(incoming, null, out var context) ? context : default;
        var traceId = trace == default ? ActivityTraceId.CreateRandom() : trace.TraceId;
        var flags = trace == default ? ActivityTraceFlags.None : trace.TraceFlags;
        return $"00-{traceId}-{ActivitySpanId.CreateRandom()}-{(flags.HasFlag(ActivityTraceFlags.Recorded) ? "01" : "00")}";
    }

    private static string Version(HttpKind kind) => kind switch { HttpKind.Http2 => "2", HttpKind.Http10 => "1.0", _ => "1.1" };

    internal static HashSet<string> Named(string? connection) =>
        connection is null ? [] : new HashSet<string>(connection.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), StringComparer.OrdinalIgnoreCase);
}
