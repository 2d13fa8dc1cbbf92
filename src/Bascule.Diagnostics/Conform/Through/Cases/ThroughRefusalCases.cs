using System.Text;
using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>What the client learns when the back end says no, or says something that is no answer.</summary>
internal static class ThroughRefusalCases
{
    private const string Body = "no, and this is why";

    internal static IEnumerable<ThroughCase> All { get; } =
    [
        Refused("refuse-401", "401 Unauthorized", "WWW-Authenticate: Bearer realm=\"case\""),
        Refused("refuse-403", "403 Forbidden", "X-Case-Why: blocked"),
        Refused("refuse-404", "404 Not Found", "X-Case-Why: no such room"),
        Refused("refuse-429", "429 Too Many Requests", "Retry-After: 7"),
        Refused("refuse-503", "503 Service Unavailable", "Retry-After: 7"),
        Refused("refuse-302", "302 Found", "Location: http://other.example/"),
        Refused("refuse-200", "200 OK", "X-Case-Why: a page"),
        Bad("bad-accept", "A wrong proof is found, or left for the client to find", head => head.Replace("Sec-WebSocket-Accept", AcceptKey.Compute("another key"))),
        Bad("bad-no-accept", "A 101 without proof is found, or left for the client to find", head => head.Without("Sec-WebSocket-Accept")),
        Bad("bad-upgrade", "A 101 to another protocol is found, or left for the client to find", head => head.Replace("Upgrade", "h2c")),
        Bad("bad-subprotocol", "A subprotocol that nobody offered is found, or left for the client to find", head => head.With("Sec-WebSocket-Protocol", "never.offered")),
        Bad("bad-extension", "An extension that nobody offered is found, or left for the client to find", head => head.With("Sec-WebSocket-Extensions", "permessage-deflate")),
        Broken("bad-closes", "A back end that closes without an answer is told as a fault, soon", ""),
        Broken("bad-half-head", "A back end that closes in the middle of its head is told as a fault, soon", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: webs"),
        Broken("bad-garbage", "A back end that speaks no HTTP is told as a fault, soon", "SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    ];

    private static ThroughCase OnAttempt(string id, string title, string source, Func<ThroughAttempt, CancellationToken, Task<Observation>> play) =>
        new(id, title, source, async (stage, interruption) =>
        {
            await using var attempt = await stage.AttemptAsync(stage.Front.Upgrade(), interruption);
            await attempt.ReachedAsync();
            return await play(attempt, interruption);
        });

    private static ThroughCase Refused(string id, string line, string field) =>
        OnAttempt(id, $"A back end that answers {line} is understood: status, {field.Split(':')[0]}, body", "RFC 6455 §4.1, RFC 9110 §15", async (attempt, interruption) =>
        {
            var got = await attempt.ReplyAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {line}\r\n{field}\r\nContent-Type: text/plain\r\nContent-Length: {Body.Length}\r\n\r\n{Body}"), interruption);
            if (got.Head is not { } head)
                return Observation.Failed($"the client got {got}", $"{line}, another status, or a close code.");
            if (head.Status == 101)
                return await ClosedAsync(attempt.Client, interruption);
            List<string> changed = [];
            if (head.Status != int.Parse(line.AsSpan(0, 3)))
                changed.Add($"as HTTP {head.Status}");
            if (head.Headers.First(field.Split(':')[0]) != field[(field.IndexOf(':') + 2)..])
                changed.Add($"without its {field.Split(':')[0]}");
            if (await BodyAsync(attempt.Client, head, interruption) != Body)
                changed.Add("without its body");
            return changed.Count == 0
                ? Observation.Passed("status, field and body arrived")
                : Observation.Lenient($"arrived {string.Join(", ", changed)}", "As the back end said it, or better explained.");
        });

    private static ThroughCase Bad(string id, string title, Func<HeadText, HeadText> spoil) =>
        OnAttempt(id, title, "RFC 6455 §4.1", async (attempt, interruption) =>
        {
            var got = await attempt.ReplyAsync(spoil(await attempt.GoodAnswerAsync()).ToBytes(), interruption);
            if (got.Head is not { } head)
                return got.End == PeerEnd.Silent ? Hangs() : Observation.Lenient($"found; the client saw {got}", "A status, or a close code, that says whose fault it is.");
            if (head.Status != 101)
                return Observation.Passed($"found: HTTP {head.Status}");
            var key = attempt.Request.Value("Sec-WebSocket-Key")!;
            if (UpgradeAnswer.Check(head, new UpgradeOffer(key, [], [], null), key, out _) is { } fault)
                return Observation.Lenient($"passed on; the client finds it: {fault.Detail}", "Found by what stands between, which can name the back end.");
            return await ClosedAsync(attempt.Client, interruption) is { Outcome: Outcome.Failed }
                ? Observation.Failed("the client got a good 101, and the fault is covered up", "HTTP 502, a close code, or the bad answer itself.")
                : Observation.Passed("found: 101 and a close code");
        });

    private static ThroughCase Broken(string id, string title, string said) =>
        OnAttempt(id, title, "RFC 9110 §15.6.3", async (attempt, interruption) =>
        {
            var call = await attempt.ReachedAsync();
            await call.Peer.SendAsync(Encoding.ASCII.GetBytes(said), interruption);
            await call.Peer.DisposeAsync();
            var got = await attempt.Answer;
            if (got.End == PeerEnd.Silent)
                return Hangs();
            if (got.Head is not { } head)
                return Observation.Lenient($"the client saw {got}", "HTTP 502, or a close code: it says whose fault it is.");
            return head.Status == 101 ? await ClosedAsync(attempt.Client, interruption) : Observation.Passed($"HTTP {head.Status}");
        });

    private static Observation Hangs() => Observation.Failed("the client waits for an answer that will not come", "HTTP 502, a close code, or the end of the connection.");

    /// <summary>An answer of 101 that is meant as a refusal: the close frame behind it has the words.</summary>
    private static async Task<Observation> ClosedAsync(RawPeer client, CancellationToken interruption)
    {
        var read = await client.ReadAsync(interruption);
        return read.Frame is { Opcode: 8 } close
            ? Observation.Lenient($"101, then {close}", "A status, for clients that can see one.")
            : Observation.Failed($"101, then {read}", "A status, or a close code: there is no back end behind this connection.");
    }

    private static async Task<string> BodyAsync(RawPeer client, ResponseHead head, CancellationToken interruption)
    {
        // Without a length, and with chunks, too: all that comes until it is quiet, and the body is somewhere in it.
        var length = int.TryParse(head.Headers.First("Content-Length"), out var known) ? known : int.MaxValue;
        while (client.Unread.Length < length && !Text().Contains(Body, StringComparison.Ordinal) && await client.ReceiveAsync(ThroughStage.Quiet, interruption) == PeerEnd.None)
        {
        }

        return Text().Contains(Body, StringComparison.Ordinal) ? Body : Text();

        string Text() => Encoding.Latin1.GetString(client.Unread);
    }
}
