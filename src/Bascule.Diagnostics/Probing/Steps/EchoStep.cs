using System.Text;
using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>Where the server echoes: messages of all sizes, many at once, and in fragments.</summary>
/// <param name="pongs">Pings are answered: where they are not, an echo is not to be blamed for it.</param>
internal sealed class EchoStep(Ladder ladder, SocketOpener opener, ProbeOptions options, bool pongs)
{
    private const int BurstMessages = 100;

    // What every message of the probe begins with: by that it is known among those that the server sends of its own accord.
    private const string Mark = "bascule";

    // As sending has the limit of a step for each 64 KiB, so has what comes back: a slow line is no fault.
    private const int BytesOfOneLimit = 64 * 1024;

    private static readonly int[] Sizes = [1, 125, 126, 4096, 65_535, 65_536, 1 << 20];

    /// <summary>Whether a text comes back as it was; and the close frame that came instead of one.</summary>
    internal async Task<(bool Echoes, FrameSeen? Close)> TakeAsync(CancellationToken interruption)
    {
        var start = ladder.Now();
        if (await FirstAsync(interruption) is { } silence)
        {
            if (silence.Rule is { } rule)
            {
                ladder.Add("echo", StepResult.Fail, ladder.Since(start), rule, BrokenFrames.Verdict(rule, "When a text comes", "A browser connects, and ends with 1006, 1002 or 1007 at the first message."));
                return (false, null);
            }

            ladder.Skip("echo", $"no text came back ({silence.Why}), so sizes, bursts and fragments cannot be seen");
            return (false, silence.Close);
        }

        await SizesAsync(start, interruption);
        await OneAsync("burst", "100 messages at once", [.. Enumerable.Range(0, BurstMessages).Select(i => RawFrame.Text($"bascule probe {i}"))],
            [.. Enumerable.Range(0, BurstMessages).Select(i => Said.Text($"bascule probe {i}"))], interruption);
        RawFrame[] pieces = [RawFrame.Text("bascule ") with { Final = false }, RawFrame.Continuation("probe "u8.ToArray(), final: false), RawFrame.Continuation("fragments"u8.ToArray(), final: true)];
        if (pongs)
            await OneAsync("fragments", "a text in three frames with a ping between", [pieces[0], RawFrame.Ping("between"u8.ToArray()), .. pieces[1..]],
                [Said.Pong("between"u8.ToArray()), Said.Text("bascule probe fragments")], interruption);
        else
            await OneAsync("fragments", "a text in three frames", pieces, [Said.Text("bascule probe fragments")], interruption);
        return (true, null);
    }

    /// <returns>Null when a text came back.</returns>
    private async Task<Unechoed?> FirstAsync(CancellationToken interruption)
    {
        var (answer, peer, agreed) = await opener.OpenAsync(options.Clock, interruption);
        if (peer is null)
            return new($"another connection was refused: {answer.Brief}", null, null);
        await using (peer)
            return await GreetedAsync(new Conversation(peer, agreed), peer, options.EchoPatience, interruption);
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
                ladder.Skip("echo", $"the second connection did not echo: {fault.Why}");
                return;
            }

            foreach (var size in Sizes)
            {
                var payload = new byte[size];
                Encoding.ASCII.GetBytes(Mark).AsSpan(0, Math.Min(Mark.Length, size)).CopyTo(payload);
                var sending = peer.SendAsync(RawFrame.Binary(payload), interruption);
                var heard = new Listening(ladder, conversation, options.Clock.StepLimit, size);
                var seen = await EchoShape.HearAsync(heard.NextAsync, sending, [Said.Binary(payload)], interruption);
                await sending;
                if (seen.Outcome == Outcome.Passed)
                    continue;
                if (heard.IsDrowned)
                {
                    ladder.Skip("echo", $"binary messages of {size:N0} bytes: {heard.Drowned}; smaller ones come back");
                    return;
                }

                var isLimit = seen.Outcome == Outcome.Lenient;
                ladder.Add("echo", isLimit ? StepResult.Ok : StepResult.Warn, ladder.Since(start), $"binary messages of {size:N0} bytes: {seen.Seen}; smaller ones come back", TooLong(size, seen, isLimit));
                return;
            }

            ladder.Add("echo", StepResult.Ok, ladder.Since(start), "binary messages of 1 byte to 1 MiB come back as they were");
        }
    }

    /// <summary>Skips what the server says of its own accord; null once the echo came.</summary>
    private async Task<Unechoed?> GreetedAsync(Conversation conversation, RawPeer peer, TimeSpan patience, CancellationToken interruption)
    {
        var (start, others) = (ladder.Now(), 0);
        await peer.SendAsync(RawFrame.Text("bascule probe"), interruption);
        while (patience - ladder.Since(start) is var left && left > TimeSpan.Zero)
        {
            var heard = await conversation.NextAsync(left, interruption);
            var rule = BrokenFrames.RuleOf(heard, ladder);
            if (heard.Said is not { } said || rule is not null)
                return new(others == 0 ? heard.ToString() : $"{heard} after {others} other messages", heard.Close, rule);
            if (said.Opcode == (int)Opcode.Text && said.Payload.AsSpan().SequenceEqual("bascule probe"u8))
                return null;
            others++;
        }

        return new($"{others} other messages only", null, null);
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
                ladder.Skip(id, $"another connection did not echo: {fault.Why}");
                return;
            }

            var sending = peer.SendAsync(frames, interruption);
            var heard = new Listening(ladder, conversation, options.Clock.StepLimit, size: 0);
            var seen = await EchoShape.HearAsync(heard.NextAsync, sending, back, interruption);
            await sending;
            if (seen.Outcome == Outcome.Failed && heard.IsDrowned)
            {
                ladder.Skip(id, $"{what}: {heard.Drowned}");
                return;
            }

            ladder.Add(id, seen.Outcome == Outcome.Failed ? StepResult.Warn : StepResult.Ok, ladder.Since(start), seen.Outcome == Outcome.Failed ? $"{what}: {seen.Seen}, expected {seen.Expected}" : $"{what} come back as they were",
                seen.Outcome != Outcome.Failed ? null : Findings.Of("PROBE-ECHO", Severity.Warning, $"The echo of {what} is wrong: {seen.Seen}.", $"{seen.Seen}, expected {seen.Expected}",
                    "A rate limit, a server that reads only one frame of a message, or a proxy that changes frames.", "Single messages work; several at once, or long ones from some clients, do not.", "bascule conform shows which rule is broken."));
        }
    }

    private static Verdict TooLong(int size, Observation seen, bool isLimit) => Findings.Of(
        "PROBE-ECHO", isLimit ? Severity.Info : Severity.Warning, $"Messages of {size:N0} bytes fail: {seen.Seen}.", seen.Seen,
        isLimit ? "The server has a limit and says so with 1009." : "A limit on the way or in the server ends the connection without saying so, or a proxy changes what is in the frames.",
        isLimit ? "onclose with 1009." : "Short messages work, longer ones end the connection with 1006.", "Raise the limit of message size if such messages are meant to pass; else cut them.");

    /// <summary>Why no echo came.</summary>
    /// <param name="Rule">That a frame of the server broke.</param>
    private sealed record Unechoed(string Why, FrameSeen? Close, string? Rule);

    /// <summary>Hears what came back among all that a server says: however much that is, it ends.</summary>
    /// <param name="size">In bytes, of what was sent; 0 for several short messages.</param>
    private sealed class Listening(Ladder ladder, Conversation conversation, TimeSpan limit, int size)
    {
        private int _others;
        private bool _isSilent;

        /// <summary>Nothing of ours came back, but others did: whether it would have come, nobody knows.</summary>
        internal bool IsDrowned => _isSilent && _others > 0;

        internal string Drowned => $"not among {_others} other messages of the server in time, so it cannot be told whether they come back";

        internal async Task<Heard> NextAsync(CancellationToken interruption)
        {
            var (start, whole) = (ladder.Now(), limit * (1 + (size / BytesOfOneLimit)));
            while (true)
            {
                var heard = await conversation.NextAsync(limit, whole - ladder.Since(start), interruption);
                _isSilent = heard.End == PeerEnd.Silent;
                if (heard is not { BrokenRule: null, Said: { IsPong: false } said } || IsOurs(said))
                    return heard;
                _others++;
            }
        }

        /// <summary>One that was changed on the way still has its length or its beginning.</summary>
        private bool IsOurs(Said said) => said.Payload.Length == size || said.Payload.AsSpan().StartsWith(Encoding.ASCII.GetBytes(Mark)) || (size == 0 && "bascule probe fragments"u8.IndexOf(said.Payload) >= 0);
    }
}
