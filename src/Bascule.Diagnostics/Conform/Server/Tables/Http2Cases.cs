using System.Net;
using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>The same WebSocket over a stream of HTTP/2: RFC 8441. The frames of HTTP/2 itself are .NET's, so only what it lets through is examined.</summary>
internal static class Http2Cases
{
    private const string Source = "RFC 8441 §5";

    private static readonly byte[] Hello = "hello"u8.ToArray();

    internal static IEnumerable<ConformCase> All()
    {
        var table = new CaseTable(ServerAreas.Http2);
        table.Add("connect", "an extended CONNECT gets a 200 without an accept key", Source, OnAnswer(null, answer =>
            answer.StatusCode != HttpStatusCode.OK ? Observation.Failed($"HTTP {(int)answer.StatusCode}", "HTTP 200")
            : answer.Headers.Contains("Sec-WebSocket-Accept") ? Observation.Lenient("200 with Sec-WebSocket-Accept", "no such field: HTTP/2 needs no key (RFC 8441 §5)")
            : Observation.Passed("200")));
        table.Add("no-extension", "no extension is agreed on when none is offered", Source, OnAnswer(null, answer =>
            answer.Headers.Contains("Sec-WebSocket-Extensions") ? Observation.Failed("200 with an extension", "200 without") : Observation.Passed("200 without an extension")));
        table.Add("text", "a text comes back over HTTP/2", Source, Echo([RawFrame.Text(Hello)], Said.Text(Hello)));
        table.Add("fragments", "a fragmented text with a ping inside comes back over HTTP/2", Source,
            Echo([RawFrame.Text(Hello) with { Final = false }, RawFrame.Ping(Hello), RawFrame.Continuation(Hello, final: true)], Said.Pong(Hello), Said.Text([.. Hello, .. Hello])));
        table.Add("large", "1 MiB comes back over HTTP/2, past every window of flow control", "RFC 9113 §5.2", Echo([RawFrame.Binary(Sample.Noise(1024 * 1024))], Said.Binary(Sample.Noise(1024 * 1024))));
        table.Add("unmasked", "an unmasked frame is refused over HTTP/2 as well", Source, Ends(RawFrame.Text(Hello) with { Masked = false }, ending => RefusalShape.Judge(ending, Refusal.Protocol)));
        table.Add("close", "a close is answered, and the stream ended", "RFC 8441 §5", Ends(RawFrame.Close(4000), ending => CloseShape.Judge(ending, 4000, null)));
        table.Add("protocol-unknown", "a :protocol that nobody knows is declined", "RFC 8441 §4", WithDialer(async (dialer, interruption) =>
        {
            using var answer = await dialer.AskAsync("nobody-knows", null, interruption);
            var seen = $"HTTP {(int)answer.StatusCode}";
            return (int)answer.StatusCode >= 400 ? Observation.Passed(seen) : Observation.Failed(seen, "an error of HTTP, such as 501");
        }));
        table.Add("two", "two WebSockets share a connection and do not mix", "RFC 8441 §1", WithDialer(async (dialer, interruption) =>
        {
            var (first, second) = (await TalkAsync(dialer, [RawFrame.Text("first")], [], interruption), await TalkAsync(dialer, [RawFrame.Text("second")], [Said.Text("second")], interruption));
            return first.Outcome == Outcome.Passed ? second : first;
        }, needsEcho: true));
        return table;
    }

    private static Func<ConformStage, CancellationToken, Task<Observation>> WithDialer(Func<Http2Dialer, CancellationToken, Task<Observation>> run, bool needsEcho = false) =>
        async (stage, interruption) =>
        {
            if ((stage.Facts.NoHttp2 ?? (needsEcho ? stage.Facts.NoEcho : null)) is { } why)
                return Observation.NotApplicable(why);
            using var dialer = new Http2Dialer(stage);
            try
            {
                return await run(dialer, interruption);
            }
            catch (HttpRequestException e)
            {
                return Observation.Failed(e.Message, "an answer over HTTP/2");
            }
        };

    private static Func<ConformStage, CancellationToken, Task<Observation>> OnAnswer(Action<HttpRequestMessage>? change, Func<HttpResponseMessage, Observation> judge) =>
        WithDialer(async (dialer, interruption) =>
        {
            var (peer, answer) = await dialer.OpenAsync(change, interruption);
            using (answer)
            {
                if (peer is not null)
                    await peer.DisposeAsync();
                return judge(answer);
            }
        });

    private static Func<ConformStage, CancellationToken, Task<Observation>> Echo(IReadOnlyList<RawFrame> frames, params IReadOnlyList<Said> back) =>
        WithDialer((dialer, interruption) => TalkAsync(dialer, frames, back, interruption), needsEcho: true);

    private static async Task<Observation> TalkAsync(Http2Dialer dialer, IReadOnlyList<RawFrame> frames, IReadOnlyList<Said> back, CancellationToken interruption)
    {
        var (peer, answer) = await dialer.OpenAsync(null, interruption);
        using (answer)
        {
            if (peer is null)
                return Observation.Failed($"HTTP {(int)answer.StatusCode}", "HTTP 200");
            await using (peer)
            {
                var sending = peer.SendAsync(frames, interruption);
                var seen = await EchoShape.HearAsync(new Conversation(peer, AgreedUpgrade.Plain), sending, back, interruption);
                await sending;
                return seen;
            }
        }
    }

    private static Func<ConformStage, CancellationToken, Task<Observation>> Ends(RawFrame frame, Func<PeerEnding, Observation> judge) =>
        WithDialer(async (dialer, interruption) =>
        {
            var (peer, answer) = await dialer.OpenAsync(null, interruption);
            using (answer)
            {
                if (peer is null)
                    return Observation.Failed($"HTTP {(int)answer.StatusCode}", "HTTP 200");
                await using (peer)
                {
                    await peer.SendAsync(frame, interruption);
                    return judge(await peer.ReadToEndAsync(answerClose: true, interruption));
                }
            }
        });
}
