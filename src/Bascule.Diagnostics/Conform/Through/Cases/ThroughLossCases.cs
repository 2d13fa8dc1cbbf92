namespace Bascule.Diagnostics;

/// <summary>An end dies: the other one must learn it, soon, and read nothing that nobody sent.</summary>
internal static class ThroughLossCases
{
    private const string Better = "A close frame with a code: a cut shows as 1006 in browsers, which says nothing.";

    /// <summary>A frame of 1,000 bytes of which 500 come.</summary>
    private static readonly byte[] HalfFrame = RawFrame.Binary(new byte[1000]).ToBytes(asClient: false)[..504];

    internal static IEnumerable<ThroughCase> All { get; } =
    [
        BackendLost("backend-ends", "The back end ends the connection (FIN) without a close frame: the client learns it", (backend, _) => backend.DisposeAsync().AsTask()),
        BackendLost("backend-resets", "The back end resets the connection: the client learns it", (backend, _) => Reset(backend)),
        BackendLost("backend-ends-in-message", "The back end ends between two fragments: the client learns it", async (backend, interruption) =>
        {
            await backend.SendAsync(RawFrame.Text("never whole") with { Final = false }, interruption);
            await backend.DisposeAsync();
        }),
        ThroughCase.OnPair("backend-ends-in-frame", "The back end ends in the middle of a frame: the client learns it, and nothing is put into the frame", "RFC 6455 §7.1.7", InFrameAsync),
        ClientLost("client-ends", "The client ends the connection (FIN) without a close frame: the back end learns it", (client, _) => client.DisposeAsync().AsTask()),
        ClientLost("client-resets", "The client resets the connection: the back end learns it", (client, _) => Reset(client)),
        ClientLost("client-ends-in-frame", "The client ends in the middle of a frame: the back end learns it", async (client, interruption) =>
        {
            await client.SendAsync(RawFrame.Binary(new byte[1000]).ToBytes(asClient: true).AsMemory(0, 500), interruption);
            await client.DisposeAsync();
        }),
        ThroughCase.OnPair("client-half-closes", "What the client sent before it half-closed arrives, and then its end", "RFC 9293 §3.6", HalfCloseAsync),
        ThroughCase.OnPair("backend-half-closes", "What the back end sent before it ended arrives", "RFC 9293 §3.6", LastWordsAsync),
    ];

    private static ThroughCase BackendLost(string id, string title, Func<RawPeer, CancellationToken, Task> lose) =>
        ThroughCase.OnPair(id, title, "RFC 6455 §7.1.5, §7.4.1", async (pair, interruption) =>
        {
            await lose(pair.Backend, interruption);
            return Learned(await pair.Client.ReadToEndAsync(answerClose: true, interruption));
        });

    private static ThroughCase ClientLost(string id, string title, Func<RawPeer, CancellationToken, Task> lose) =>
        ThroughCase.OnPair(id, title, "RFC 6455 §7.1.5", async (pair, interruption) =>
        {
            await lose(pair.Client, interruption);
            var ending = await pair.Backend.ReadToEndAsync(answerClose: true, interruption);
            return ending.Close is null && ending.End == PeerEnd.Silent
                ? Observation.Failed("nothing told the back end", "A close frame, or the end of the connection.")
                : Observation.Passed($"the back end saw {ending}");
        });

    private static Observation Learned(PeerEnding ending)
    {
        if (ending.Close is not null)
            return Observation.Passed($"the client saw {ending}");
        return ending.End is PeerEnd.Fin or PeerEnd.Reset
            ? Observation.Lenient($"the client saw {ending}", Better)
            : Observation.Failed($"the client saw {ending}", "A close frame, or at least the end of the connection.");
    }

    private static async Task<Observation> InFrameAsync(ThroughPair pair, CancellationToken interruption)
    {
        await pair.Backend.SendAsync(HalfFrame, interruption);
        await pair.Backend.DisposeAsync();
        var ending = await pair.Client.ReadToEndAsync(answerClose: true, interruption);
        var arrived = pair.Client.Unread.Length;
        if (ending.Frames.Count > 0 || !HalfFrame.AsSpan().StartsWith(pair.Client.Unread))
            return ending.Close is not null && arrived == 0 && ending.Frames.Count == 1
                ? Observation.Passed($"nothing of the frame came, but {ending}")
                : Observation.Failed($"the client saw {ending}, which nobody sent", "The start of the frame, then the end of the connection.");
        return ending.End is PeerEnd.Fin or PeerEnd.Reset
            ? Observation.Passed($"{arrived} bytes of the frame, then {ending.End.Words()}: within a frame nothing can be said")
            : Observation.Failed($"the client saw {ending}", "The end of the connection.");
    }

    private static async Task<Observation> HalfCloseAsync(ThroughPair pair, CancellationToken interruption)
    {
        await pair.Client.SendAsync(RawFrame.Text("the last"), interruption);
        pair.Client.HalfClose();
        var seen = await pair.Backend.ReadMessageAsync(interruption);
        if (seen.Difference(Way.Up, 1, "the last"u8) is { } difference)
            return Observation.Failed(difference, "The message that was sent before.");
        var read = await pair.Backend.ReadAsync(interruption);
        if (read.End == PeerEnd.Silent)
            return Observation.Failed("the message came, the end did not", "The end of the connection, or a close frame.");
        await pair.Backend.SendAsync(RawFrame.Text("an answer"), interruption);
        var answer = await pair.Client.ReadMessageAsync(interruption);
        return Observation.Passed($"the message, then {read}; {(answer.Difference(Way.Down, 1, "an answer"u8) is null ? "an answer still comes back" : "an answer comes back no more")}");
    }

    private static async Task<Observation> LastWordsAsync(ThroughPair pair, CancellationToken interruption)
    {
        await pair.Backend.SendAsync(RawFrame.Text("the last"), interruption);
        pair.Backend.HalfClose();
        var seen = await pair.Client.ReadMessageAsync(interruption);
        if (seen.Difference(Way.Down, 1, "the last"u8) is { } difference)
            return Observation.Failed(difference, "The message that was sent before.");
        return Learned(await pair.Client.ReadToEndAsync(answerClose: true, interruption));
    }

    private static Task Reset(RawPeer peer)
    {
        peer.Reset();
        return Task.CompletedTask;
    }
}
