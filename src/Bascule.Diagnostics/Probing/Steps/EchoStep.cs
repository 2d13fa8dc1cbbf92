using System.Text;
using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>Where the server echoes: messages of all sizes, many at once, and in fragments.</summary>
internal sealed class EchoStep(Ladder ladder, SocketOpener opener, ProbeOptions options)
{
    private const int BurstMessages = 100;

    // What other messages a server may say before it echoes: a greeting, a few events.
    private const int MostOthers = 100;

    // As sending has the limit of a step for each 64 KiB, so has what comes back: a slow line is no fault.
    private const int BytesOfOneLimit = 64 * 1024;

    private static readonly int[] Sizes = [1, 125, 126, 4096, 65_535, 65_536, 1 << 20];

    /// <summary>Whether a text comes back as it was.</summary>
    internal async Task<bool> TakeAsync(CancellationToken interruption)
    {
        var start = ladder.Now();
        if (!await EchoesAsync(interruption))
        {
            ladder.Skip("echo", "the server does not echo, so sizes, bursts and fragments cannot be seen");
            return false;
        }

        await SizesAsync(start, interruption);
        await OneAsync("burst", "100 messages at once", [.. Enumerable.Range(0, BurstMessages).Select(i => RawFrame.Text($"bascule probe {i}"))],
            [.. Enumerable.Range(0, BurstMessages).Select(i => Said.Text($"bascule probe {i}"))], interruption);
        await OneAsync("fragments", "a text in three frames with a ping between",
            [RawFrame.Text("bascule ") with { Final = false }, RawFrame.Ping("between"u8.ToArray()), RawFrame.Continuation("probe "u8.ToArray(), final: false), RawFrame.Continuation("fragments"u8.ToArray(), final: true)],
            [Said.Pong("between"u8.ToArray()), Said.Text("bascule probe fragments")], interruption);
        return true;
    }

    private async Task<bool> EchoesAsync(CancellationToken interruption)
    {
        var (_, peer, agreed) = await opener.OpenAsync(options.Clock, interruption);
        if (peer is null)
            return false;
        await using (peer)
            return await GreetedAsync(new Conversation(peer, agreed), peer, options.EchoPatience, interruption) is null;
    }

    private async Task SizesAsync(long start, CancellationToken interruption)
    {
        var (_, peer, agreed) = await opener.OpenAsync(options.Clock, interruption);
        if (peer is null)
        {
            ladder.Skip("echo", "another connection was refused");
            return;
        }

        await using (peer)
        {
            var conversation = new Conversation(peer, agreed);
            if (await GreetedAsync(conversation, peer, options.Clock.StepLimit, interruption) is { } fault)
            {
                ladder.Skip("echo", $"the second connection did not echo: {fault}");
                return;
            }

            foreach (var size in Sizes)
            {
                var payload = new byte[size];
                Encoding.ASCII.GetBytes("bascule").AsSpan(0, Math.Min(7, size)).CopyTo(payload);
                var sending = peer.SendAsync(RawFrame.Binary(payload), interruption);
                var seen = await EchoShape.HearAsync(Next(conversation, size), sending, [Said.Binary(payload)], interruption);
                await sending;
                if (seen.Outcome == Outcome.Passed)
                    continue;
                var isLimit = seen.Outcome == Outcome.Lenient;
                ladder.Add("echo", isLimit ? StepResult.Ok : StepResult.Warn, ladder.Since(start), $"binary messages of {size:N0} bytes: {seen.Seen}; smaller ones come back", TooLong(size, seen, isLimit));
                return;
            }

            ladder.Add("echo", StepResult.Ok, ladder.Since(start), "binary messages of 1 byte to 1 MiB come back as they were");
        }
    }

    /// <summary>Skips what the server says of its own accord; null once the echo came.</summary>
    private async Task<string?> GreetedAsync(Conversation conversation, RawPeer peer, TimeSpan patience, CancellationToken interruption)
    {
        var start = ladder.Now();
        await peer.SendAsync(RawFrame.Text("bascule probe"), interruption);
        for (var others = 0; others < MostOthers && patience - ladder.Since(start) is var left && left > TimeSpan.Zero; others++)
        {
            var heard = await conversation.NextAsync(left, interruption);
            if (heard.Said is not { } said || heard.BrokenRule is not null)
                return heard.ToString();
            if (said.Opcode == (int)Opcode.Text && said.Payload.AsSpan().SequenceEqual("bascule probe"u8))
                return null;
        }

        return "other messages only";
    }

    private async Task OneAsync(string id, string what, IReadOnlyList<RawFrame> frames, IReadOnlyList<Said> back, CancellationToken interruption)
    {
        var start = ladder.Now();
        var (_, peer, agreed) = await opener.OpenAsync(options.Clock, interruption);
        if (peer is null)
        {
            ladder.Skip(id, "another connection was refused");
            return;
        }

        await using (peer)
        {
            var conversation = new Conversation(peer, agreed);
            if (await GreetedAsync(conversation, peer, options.Clock.StepLimit, interruption) is { } fault)
            {
                ladder.Skip(id, $"another connection did not echo: {fault}");
                return;
            }

            var sending = peer.SendAsync(frames, interruption);
            var seen = await EchoShape.HearAsync(Next(conversation, size: 0), sending, back, interruption);
            await sending;
            ladder.Add(id, seen.Outcome == Outcome.Failed ? StepResult.Warn : StepResult.Ok, ladder.Since(start), seen.Outcome == Outcome.Failed ? $"{what}: {seen.Seen}, expected {seen.Expected}" : $"{what} come back as they were",
                seen.Outcome != Outcome.Failed ? null : Findings.Of("PROBE-ECHO", Severity.Warning, $"The echo of {what} is wrong: {seen.Seen}.", $"{seen.Seen}, expected {seen.Expected}",
                    "A rate limit, a server that reads only one frame of a message, or a proxy that changes frames.", "Single messages work; several at once, or long ones from some clients, do not.", "bascule conform shows which rule is broken."));
        }
    }

    /// <summary>Hears one message of this size: however much a server pings meanwhile, it ends.</summary>
    private Func<CancellationToken, Task<Heard>> Next(Conversation conversation, int size)
    {
        var limit = options.Clock.StepLimit;
        return interruption => conversation.NextAsync(limit, limit * (1 + (size / BytesOfOneLimit)), interruption);
    }

    private static Verdict TooLong(int size, Observation seen, bool isLimit) => Findings.Of(
        "PROBE-ECHO", isLimit ? Severity.Info : Severity.Warning, $"Messages of {size:N0} bytes fail: {seen.Seen}.", seen.Seen,
        isLimit ? "The server has a limit and says so with 1009." : "A limit on the way or in the server ends the connection without saying so, or a proxy changes what is in the frames.",
        isLimit ? "onclose with 1009." : "Short messages work, longer ones end the connection with 1006.", "Raise the limit of message size if such messages are meant to pass; else cut them.");
}
