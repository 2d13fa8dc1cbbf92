namespace Bascule.Diagnostics;

/// <summary>Messages in several frames: RFC 6455 §5.4.</summary>
internal static class FragmentCases
{
    private const string Source = "RFC 6455 §5.4";

    private static readonly byte[] One = "one"u8.ToArray();
    private static readonly byte[] Two = "two"u8.ToArray();
    private static readonly byte[] OneTwo = [.. One, .. Two];

    internal static IEnumerable<ConformCase> All()
    {
        var table = new CaseTable(ServerAreas.Fragments);
        AddWhole(table);
        AddControlBetween(table);
        AddRefused(table);
        return table;
    }

    private static RawFrame Start(byte[] payload) => RawFrame.Text(payload) with { Final = false };

    private static void AddWhole(CaseTable table)
    {
        table.Add("two", "a text in two frames comes back", Source, EchoShape.Of([Start(One), RawFrame.Continuation(Two, final: true)], Said.Text(OneTwo)));
        table.Add("two-binary", "a binary message in two frames comes back", Source,
            EchoShape.Of([RawFrame.Binary(One) with { Final = false }, RawFrame.Continuation(Two, final: true)], Said.Binary(OneTwo)));
        table.Add("first-empty", "a message whose first frame is empty comes back", Source, EchoShape.Of([Start([]), RawFrame.Continuation(OneTwo, final: true)], Said.Text(OneTwo)));
        table.Add("last-empty", "a message whose last frame is empty comes back", Source, EchoShape.Of([Start(OneTwo), RawFrame.Continuation([], final: true)], Said.Text(OneTwo)));
        table.Add("middle-empty", "a message with empty frames in its middle comes back", Source,
            EchoShape.Of([Start(One), RawFrame.Continuation([], final: false), RawFrame.Continuation([], final: false), RawFrame.Continuation(Two, final: true)], Said.Text(OneTwo)));
        table.Add("all-empty", "a message of three empty frames comes back empty", Source,
            EchoShape.Of([Start([]), RawFrame.Continuation([], final: false), RawFrame.Continuation([], final: true)], Said.Text("")));
        foreach (var size in (int[])[1, 2, 3, 64, 125, 126, 1000])
            table.Add($"size-{size}", $"a text of 2000 bytes in frames of {size} comes back", Source, EchoShape.Of(Sample.Fragments(1, Sample.Text(2000), size), Said.Text(Sample.Text(2000))));
        table.Add("bytes", "a message in two frames that arrives byte by byte comes back", Source,
            EchoShape.Of([Start(One), RawFrame.Continuation(Two, final: true)], [.. Enumerable.Repeat(1, 18)], Said.Text(OneTwo)));
        table.Add("after-each-other", "two fragmented messages after each other come back", Source,
            EchoShape.Of(
                [Start(One), RawFrame.Continuation(Two, final: true), RawFrame.Binary(Two) with { Final = false }, RawFrame.Continuation(One, final: true)],
                Said.Text(OneTwo), Said.Binary([.. Two, .. One])));
        table.Add("then-whole", "a message in one frame after a fragmented one comes back", Source,
            EchoShape.Of([Start(One), RawFrame.Continuation(Two, final: true), RawFrame.Text("whole")], Said.Text(OneTwo), Said.Text("whole")));
    }

    private static void AddControlBetween(CaseTable table)
    {
        table.Add("ping-between", "a ping between two fragments is answered, and the message comes back", Source,
            EchoShape.Of([Start(One), RawFrame.Ping(Two), RawFrame.Continuation(Two, final: true)], Said.Pong(Two), Said.Text(OneTwo)));
        table.Add("ping-before-end", "a ping between two fragments is answered before the message ends", Source, async (stage, interruption) =>
        {
            await using var peer = await stage.OpenAsync(interruption);
            await peer.SendAsync([Start(One), RawFrame.Ping(Two)], interruption);
            var talk = new Conversation(peer, Protocol.AgreedUpgrade.Plain);
            return await EchoShape.HearAsync(talk, Task.FromResult(PeerSend.Sent), [Said.Pong(Two)], interruption);
        });
        table.Add("pings-between", "pings between many fragments are answered, and the message comes back", Source,
            EchoShape.Of(
                [.. Enumerable.Range(0, 20).SelectMany(i => (RawFrame[])[new RawFrame(i == 0 ? 1 : 0, One) { Final = i == 19 }, RawFrame.Ping([(byte)i])])],
                [.. Enumerable.Range(0, 20).Select(i => Said.Pong([(byte)i])), Said.Text([.. Enumerable.Repeat(One, 20).SelectMany(b => b)])]));
        table.Add("pong-between", "a pong between two fragments is ignored", Source,
            EchoShape.Of([Start(One), RawFrame.Pong(Two), RawFrame.Continuation(Two, final: true)], Said.Text(OneTwo)));
        table.Add("ping-bytes-between", "a ping between two fragments, all of it byte by byte, is answered", Source,
            EchoShape.Of([Start(One), RawFrame.Ping(Two), RawFrame.Continuation(Two, final: true)], [.. Enumerable.Repeat(1, 27)], Said.Pong(Two), Said.Text(OneTwo)));
    }

    private static void AddRefused(CaseTable table)
    {
        var begun = Refusal.Protocol with { Before = One };
        table.Add("stray-final", "a continuation that continues nothing is refused", Source, RefusalShape.Of(Refusal.Protocol, RawFrame.Continuation(One, final: true)));
        table.Add("stray", "a continuation without FIN that continues nothing is refused", Source, RefusalShape.Of(Refusal.Protocol, RawFrame.Continuation(One, final: false)));
        table.Add("stray-empty", "an empty continuation that continues nothing is refused", Source, RefusalShape.Of(Refusal.Protocol, RawFrame.Continuation([], final: true)));
        table.Add("stray-after-whole", "a continuation after a whole message is refused", Source, RefusalShape.Of(begun with { Answers = 1 }, RawFrame.Text(One), RawFrame.Continuation(Two, final: true)));
        table.Add("stray-after-end", "a continuation after the last fragment is refused", Source,
            RefusalShape.Of(Refusal.Protocol with { Before = OneTwo, Answers = 1 }, Start(One), RawFrame.Continuation(Two, final: true), RawFrame.Continuation(Two, final: true)));
        table.Add("text-inside-text", "a text inside an unfinished text is refused", Source, RefusalShape.Of(begun, Start(One), RawFrame.Text(Two)));
        table.Add("binary-inside-text", "a binary frame inside an unfinished text is refused", Source, RefusalShape.Of(begun, Start(One), RawFrame.Binary(Two)));
        table.Add("text-inside-binary", "a text inside an unfinished binary message is refused", Source,
            RefusalShape.Of(begun, RawFrame.Binary(One) with { Final = false }, RawFrame.Text(Two)));
        table.Add("start-inside", "the start of a second message inside the first is refused", Source, RefusalShape.Of(begun, Start(One), Start(Two)));
        table.Add("empty-inside", "an empty text inside an unfinished text is refused", Source, RefusalShape.Of(begun, Start(One), RawFrame.Text("")));
    }
}
