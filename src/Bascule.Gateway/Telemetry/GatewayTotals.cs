using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Bascule.Model;
using Bascule.Relay;

namespace Bascule.Gateway;

/// <summary>What the metrics count, as plain numbers since the gateway started: for the status that monitors ask each second.</summary>
/// <remarks>Bounded as the labels of the metrics are: by the names of routes and of end reasons.</remarks>
public sealed class GatewayTotals
{
    private readonly ConcurrentDictionary<string, StrongBox<long>> _refusals = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, StrongBox<long>> _endings = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, RouteTotals> _routes = new(StringComparer.Ordinal);
    private long _accepted;
    private long _refused;
    private long _ended;
    private long _messagesUp;
    private long _messagesDown;
    private long _bytesUp;
    private long _bytesDown;
    private long _httpRequests;

    public long Accepted => Interlocked.Read(ref _accepted);

    public long Refused => Interlocked.Read(ref _refused);

    public long Ended => Interlocked.Read(ref _ended);

    /// <summary>Text and binary messages of clients.</summary>
    public long MessagesUp => Interlocked.Read(ref _messagesUp);

    public long MessagesDown => Interlocked.Read(ref _messagesDown);

    public long BytesUp => Interlocked.Read(ref _bytesUp);

    public long BytesDown => Interlocked.Read(ref _bytesDown);

    public long HttpRequests => Interlocked.Read(ref _httpRequests);

    /// <summary>Attempts refused, by label of the reason; the most frequent first.</summary>
    public IReadOnlyList<(string Label, long Count)> Refusals => Sorted(_refusals);

    /// <summary>Connections ended, by label of the reason; the most frequent first.</summary>
    public IReadOnlyList<(string Label, long Count)> Endings => Sorted(_endings);

    /// <summary>Nothing has happened on a route that is not there.</summary>
    public (long Accepted, long Refused, long Ended) OfRoute(string name) => _routes.TryGetValue(name, out var route)
        ? (Interlocked.Read(ref route.Accepted), Interlocked.Read(ref route.Refused), Interlocked.Read(ref route.Ended))
        : default;

    internal void HandshakeEnded(string? route, EndReason? refusal)
    {
        Interlocked.Increment(ref refusal is null ? ref _accepted : ref _refused);
        if (refusal is not null)
            Add(_refusals, refusal.Label);
        if (route is null)
            return;
        var totals = Of(route);
        Interlocked.Increment(ref refusal is null ? ref totals.Accepted : ref totals.Refused);
    }

    internal void ConnectionEnded(string route, EndReason reason)
    {
        Interlocked.Increment(ref _ended);
        Add(_endings, reason.Label);
        Interlocked.Increment(ref Of(route).Ended);
    }

    internal void HttpRequestEnded() => Interlocked.Increment(ref _httpRequests);

    internal void AddTraffic(in DirectionCounts toBackend, in DirectionCounts toClient)
    {
        Interlocked.Add(ref _messagesUp, toBackend.Texts + toBackend.Binaries);
        Interlocked.Add(ref _messagesDown, toClient.Texts + toClient.Binaries);
        Interlocked.Add(ref _bytesUp, toBackend.Bytes);
        Interlocked.Add(ref _bytesDown, toClient.Bytes);
    }

    private RouteTotals Of(string route) => _routes.GetOrAdd(route, static _ => new RouteTotals());

    private static void Add(ConcurrentDictionary<string, StrongBox<long>> counts, string label) =>
        Interlocked.Increment(ref counts.GetOrAdd(label, static _ => new StrongBox<long>()).Value);

    private static List<(string Label, long Count)> Sorted(ConcurrentDictionary<string, StrongBox<long>> counts) =>
        [.. counts.Select(c => (c.Key, Interlocked.Read(ref c.Value.Value))).OrderByDescending(c => c.Item2).ThenBy(c => c.Key, StringComparer.Ordinal)];

    private sealed class RouteTotals
    {
        internal long Accepted;
        internal long Refused;
        internal long Ended;
    }
}
