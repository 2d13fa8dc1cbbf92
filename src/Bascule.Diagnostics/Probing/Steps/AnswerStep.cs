using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>The 101, field by field: a client must refuse it for any one that is wrong (RFC 6455 §4.1).</summary>
internal static class AnswerStep
{
    /// <returns>What was agreed on; null when no browser would take this answer.</returns>
    internal static AgreedUpgrade? Take(Ladder ladder, ProbeTarget target, HeadText request, HttpAnswer answer)
    {
        var head = answer.Head!;
        var faults = FaultsOf(head, AcceptKey.Compute(request.Value("Sec-WebSocket-Key")!)).ToList();
        var evidence = $"HTTP/1.{(head.Kind == HttpKind.Http11 ? 1 : 0)} 101, Upgrade: {answer["Upgrade"]}, Connection: {answer["Connection"]}, Sec-WebSocket-Accept: {(answer["Sec-WebSocket-Accept"].Length == 0 ? "missing" : faults.Any(f => f.Contains("Accept", StringComparison.Ordinal)) ? "wrong" : "right")}";
        if (faults.Count > 0)
        {
            ladder.Add("answer", StepResult.Fail, TimeSpan.Zero, $"{evidence}: {string.Join(", and ", faults)}", Findings.Of(
                "PROBE-101-ACCEPT", Severity.Error, $"The 101 is not valid: {string.Join(", and ", faults)}.", evidence, "Every client must refuse such an answer. It comes from a cache, a mock, a hand-made server, or a proxy that rewrites fields.",
                "A browser fails right after the 101, with 1006; lenient clients connect.", "Let a WebSocket library answer the handshake, and no proxy change its fields."));
            return null;
        }

        ladder.Add("answer", StepResult.Ok, TimeSpan.Zero, evidence);
        var extensions = request.Value("Sec-WebSocket-Extensions");
        var offer = new UpgradeOffer(request.Value("Sec-WebSocket-Key"), target.Subprotocols, Offers.In(extensions), extensions);
        var fault = UpgradeAnswer.Check(head, offer, offer.Key!, out var agreed)?.Detail;
        var isOfSubprotocol = fault?.Contains("Sec-WebSocket-Protocol", StringComparison.Ordinal) == true;
        var isUsable = Subprotocol(ladder, target, answer, isOfSubprotocol);
        if (fault is null || isOfSubprotocol)
            ladder.Add("extensions", StepResult.Ok, TimeSpan.Zero, answer["Sec-WebSocket-Extensions"] is { Length: > 0 } text ? text : "none agreed");
        else if (Offers.In(answer["Sec-WebSocket-Extensions"]) is { Count: > 0 } chosen && chosen.All(c => offer.Extensions.Any(o => o.Name == c.Name)))
            ladder.Add("extensions", StepResult.Fail, TimeSpan.Zero, fault, Findings.Of(
                "PROBE-EXT-FOREIGN", Severity.Error, $"The server agrees to an extension in a way that is not allowed: {fault[Math.Max(0, fault.IndexOf("Sec-WebSocket-Extensions", StringComparison.Ordinal))..]}.", fault,
                "Clients must fail the connection (RFC 6455 §9.1, RFC 7692 §7.1): the two sides would not read frames alike.", "A browser fails right after the 101, with 1006.",
                "Let a WebSocket library answer the offer, once, and with parameters that the offer allows; two proxies or layers that both add the field do this too."));
        else
            ladder.Add("extensions", StepResult.Fail, TimeSpan.Zero, fault, Findings.Of(
                "PROBE-EXT-FOREIGN", Severity.Error, "The server agrees to an extension that was not offered.", fault, "Clients must fail the connection (RFC 6455 §9.1): frames would have bits that they cannot read.",
                "A browser fails right after the 101, with 1006.", "Answer only what was offered; a proxy that removes the offer must remove the answer too."));
        return isUsable && fault is null ? agreed : null;
    }

    private static IEnumerable<string> FaultsOf(ResponseHead head, string accept)
    {
        if (head.Kind != HttpKind.Http11)
            yield return "it came as HTTP/1.0";
        var upgrade = head.Headers.Joined("Upgrade");
        if (!"websocket".Equals(upgrade, StringComparison.OrdinalIgnoreCase))
            yield return upgrade is null ? "the field Upgrade is missing" : $"Upgrade is {upgrade}, not websocket";
        var connection = head.Headers.Joined("Connection");
        if (connection?.Split(',', StringSplitOptions.TrimEntries).Contains("Upgrade", StringComparer.OrdinalIgnoreCase) != true)
            yield return connection is null ? "the field Connection is missing" : $"Connection is {connection}, not Upgrade";
        var seen = head.Headers.Joined("Sec-WebSocket-Accept");
        if (seen != accept)
            yield return seen is null ? "Sec-WebSocket-Accept is missing" : "Sec-WebSocket-Accept does not belong to the key that was sent";
    }

    private static bool Subprotocol(Ladder ladder, ProbeTarget target, HttpAnswer answer, bool isForeign)
    {
        var chosen = answer["Sec-WebSocket-Protocol"];
        var offered = string.Join(", ", target.Subprotocols);
        if (isForeign)
            ladder.Add("subprotocol", StepResult.Fail, TimeSpan.Zero, $"offered: {(offered.Length == 0 ? "none" : offered)}; chosen: {chosen}", Findings.Of(
                "PROBE-SUBPROTO-FOREIGN", Severity.Error, "The server chooses a subprotocol that was not offered.", $"offered {(offered.Length == 0 ? "none" : offered)}, chosen {chosen}", "Clients must fail the connection (RFC 6455 §4.1).",
                "A browser fails right after the 101, with 1006.", "Choose one of the offered names, or answer none.", "browser-subprotocol-foreign"));
        else if (target.Subprotocols.Count > 0 && chosen.Length == 0)
            ladder.Add("subprotocol", StepResult.Fail, TimeSpan.Zero, $"offered: {offered}; chosen: none", Findings.Of(
                "PROBE-SUBPROTO-MISSING", Severity.Error, $"The server answers 101 but chooses none of the offered subprotocols ({offered}).", $"offered {offered}, chosen none", "A browser that offered some wants one of them back; the server does not know them, or a proxy drops the field.",
                "A browser fails right after the 101, with 1006; programs in other languages connect.", "Let the server choose one, and proxies pass Sec-WebSocket-Protocol on.", "browser-subprotocol-required"));
        else
            ladder.Add("subprotocol", StepResult.Ok, TimeSpan.Zero, chosen.Length == 0 ? "none offered" : chosen);
        return !isForeign;
    }
}
