using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary>Open connections, the oldest first.</summary>
internal static class ConnectionsView
{
    private static readonly Column[] Columns =
    [
        new("USER", 0, Least: 8) { Most = 30 }, new("ROUTE", 2, Least: 6) { Most = 24 }, new("NODE", 1, Least: 10), new("FROM", 0, Least: 10), new("PROTO", 9), Number("AGE", 0), Number("IDLE", 3),
        Number("MSG/S", 0), Number("UP", 5), Number("DOWN", 5), Number("BYTES", 6), Number("PING", 4), new("ATTEMPT", 8), new("", 7),
    ];

    internal static TopTable Make(TopKnowledge known)
    {
        var found = known.Latest?.Connections;
        var above = new List<ScreenLine>();
        if (found is not null && found.Matching > found.Connections.Count)
            above.Add(new ScreenLine($"The oldest {found.Connections.Count} of {found.Matching}. All of one user, route or node: bascule connections list --user …", Tone.Warning));
        return new TopTable(Columns, [.. (found?.Connections ?? []).Select(c => Row(c, known.MessagesPerSecond(c)))]) { Above = above, Empty = "nobody is connected" };
    }

    /// <summary>All that the list knows, a line for each.</summary>
    internal static IEnumerable<string> Details(ConnectionDocument connection) =>
    [
        $"user {connection.User ?? Amount.Unknown}, tier {connection.Tier ?? Amount.Unknown}, from {connection.ClientAddress ?? Amount.Unknown}, {connection.Protocol}, "
            + $"subprotocol {connection.Subprotocol ?? Amount.Unknown}",
        $"route {connection.Route}, pool {connection.Pool ?? Amount.Unknown}, node {connection.Node ?? Amount.Unknown}, configuration {connection.Generation}",
        $"open for {Readable.Span(connection.AgeSeconds)}, quiet for {Readable.Span(connection.IdleSeconds)}{(connection.Leaving ? ", asked to leave" : "")}",
        $"from the client {connection.MessagesUp} messages, {connection.BytesUp} bytes; to the client {connection.MessagesDown} messages, {connection.BytesDown} bytes",
        $"ping of the client {Amount.Milliseconds(connection.ClientPingMilliseconds)} ms, of the back end {Amount.Milliseconds(connection.BackendPingMilliseconds)} ms",
    ];

    private static Column Number(string heading, int priority) => new(heading, priority) { IsRight = true };

    private static TopRow Row(ConnectionDocument c, double messagesPerSecond) => new(
        c.Attempt,
        [
            TopCell.Of(c.User), TopCell.Of(c.Route), TopCell.Of(c.Node), TopCell.Of(c.ClientAddress), TopCell.Of(c.Protocol, Tone.Dim), TopCell.Span(c.AgeSeconds), TopCell.Span(c.IdleSeconds),
            TopCell.Rate(messagesPerSecond, Tone.Good), Count(c.MessagesUp), Count(c.MessagesDown), Count(c.BytesUp + c.BytesDown),
            new(Amount.Milliseconds(c.ClientPingMilliseconds), c.ClientPingMilliseconds ?? double.NaN), new(c.Attempt, null, Tone.Dim), new(c.Leaving ? "leaving" : "", null, Tone.Warning),
        ])
    {
        Attempt = c.Attempt,
    };

    private static TopCell Count(long count) => new(Amount.Short(count), count);
}
