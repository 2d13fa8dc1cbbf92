using System.Text;
using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>Where the server echoes: messages of all sizes, many at once, and in fragments.</summary>
internal sealed class EchoStep(Ladder ladder, HttpExchange exchange, ProbeTarget target, Func<HeadText> again)
{
    private const int BurstMessages = 100;

    // What other messages a server may say before it echoes: a greeting, a few events.
    private const int MostOthers = 100;

    private static readonly int[] Sizes = [1, 125, 126, 4096, 65_535, 65_536, 1 << 20];

    /// <summary>Whether a text comes back as it was.</summary>
    internal async Task<bool> TakeAsync(PeerClock patience, CancellationToken interruption)
    {
        var start = ladder.Now();
        if (!await EchoesAsync(patience, interruption))
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

    private async Task<bool> EchoesAsync(PeerClock patience, CancellationToken interruption)
    {
        const string text = "bascule probe";
        if (await OpenAsync(patience, interruption) is not var (peer, agreed))
            return false;
        await using (peer)
        {
            var conversation = new Conversation(peer, agreed);
            await peer.SendAsync(RawFrame.Text(text), interruption);
            for (var others = 0; others < MostOthers; others++)
            {
                var heard = await conversation.NextAsync(interruption);
                if (heard.Said is not { } said || heard.BrokenRule is not null)
                    return false;
                if (said.Opcode == 1 && said.Payload.AsSpan().SequenceEqual("bascule probe"u8))
                    return true;
            }

            return false;
        }
    }

    private async Task SizesAsync(long start, CancellationToken interruption)
    {
        if (await OpenAsync(null, interruption) is not var (peer, agreed))
        {
            ladder.Skip("echo", "another connection was refused");
            return;
        }

        await using (peer)
        {
            var conversation = new Conversation(peer, agreed);
            if (await GreetedAsync(conversation, peer, interruption) is { } fault)
            {
                ladder.Skip("echo", $"the second connection did not echo: {fault}");
                return;
            }

            foreach (var size in Sizes)
            {
                var payload = new byte[size];
                Encoding.ASCII.GetBytes("bascule").AsSpan(0, Math.Min(7, size)).CopyTo(payload);
                var sending = peer.SendAsync(RawFrame.Binary(payload), interruption);
                var seen = await EchoShape.HearAsync(conversation, sending, [Said.Binary(payload)], interruption);
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
    private static async Task<string?> GreetedAsync(Conversation conversation, RawPeer peer, CancellationToken interruption)
    {
        await peer.SendAsync(RawFrame.Text("bascule probe"), interruption);
        for (var others = 0; others < MostOthers; others++)
        {
            var heard = await conversation.NextAsync(interruption);
            if (heard.Said is not { } said || heard.BrokenRule is not null)
                return heard.ToString();
            if (said.Opcode == 1 && said.Payload.AsSpan().SequenceEqual("bascule probe"u8))
                return null;
        }

        return "too many other messages";
    }

    private async Task OneAsync(string id, string what, IReadOnlyList<RawFrame> frames, IReadOnlyList<Said> back, CancellationToken interruption)
    {
        var start = ladder.Now();
        if (await OpenAsync(null, interruption) is not var (peer, agreed))
        {
            ladder.Skip(id, "another connection was refused");
            return;
        }

        await using (peer)
        {
            var conversation = new Conversation(peer, agreed);
            if (await GreetedAsync(conversation, peer, interruption) is { } fault)
            {
                ladder.Skip(id, $"another connection did not echo: {fault}");
                return;
            }

            var sending = peer.SendAsync(frames, interruption);
            var seen = await EchoShape.HearAsync(conversation, sending, back, interruption);
            await sending;
            ladder.Add(id, seen.Outcome == Outcome.Failed ? StepResult.Warn : StepResult.Ok, ladder.Since(start), seen.Outcome == Outcome.Failed ? $"{what}: {seen.Seen}, expected {seen.Expected}" : $"{what} come back as they were",
                seen.Outcome != Outcome.Failed ? null : Findings.Of("PROBE-ECHO", Severity.Warning, $"The echo of {what} is wrong: {seen.Seen}.", $"{seen.Seen}, expected {seen.Expected}",
                    "A rate limit, a server that reads only one frame of a message, or a proxy that changes frames.", "Single messages work; several at once, or long ones from some clients, do not.", "bascule conform shows which rule is broken."));
        }
    }

    private async Task<(RawPeer Peer, AgreedUpgrade Agreed)?> OpenAsync(PeerClock? patience, CancellationToken interruption)
    {
        var request = again();
        var (answer, peer) = patience is null ? await exchange.OpenAsync(request, interruption) : await exchange.OpenAsync(request, patience, interruption);
        if (peer is null)
            return null;
        var extensions = request.Value("Sec-WebSocket-Extensions");
        var offer = new UpgradeOffer(request.Value("Sec-WebSocket-Key"), target.Subprotocols, Offers.In(extensions), extensions);
        if (UpgradeAnswer.Check(answer.Head!, offer, offer.Key!, out var agreed) is null)
            return (peer, agreed);
        await peer.DisposeAsync();
        return null;
    }

    private static Verdict TooLong(int size, Observation seen, bool isLimit) => Findings.Of(
        "PROBE-ECHO", isLimit ? Severity.Info : Severity.Warning, $"Messages of {size:N0} bytes fail: {seen.Seen}.", seen.Seen,
        isLimit ? "The server has a limit and says so with 1009." : "A limit on the way or in the server ends the connection without saying so, or a proxy changes what is in the frames.",
        isLimit ? "onclose with 1009." : "Short messages work, longer ones end the connection with 1006.", "Raise the limit of message size if such messages are meant to pass; else cut them.");
}
