using System.Net;
using System.Net.Sockets;

namespace Bascule.Diagnostics;

/// <summary>Goes up the ladder, one step after the other, until one has no step behind it.</summary>
internal sealed class ProbeWalk(ProbeTarget target, ProbeOptions options, Ladder ladder)
{
    internal ProbeFacts Facts { get; private set; } = new();

    internal IReadOnlyList<HopSeen> Hops { get; private set; } = [];

    internal async Task GoAsync(CancellationToken interruption)
    {
        // 1. What needs no packet, then who is there.
        UrlStep.Take(ladder, target);
        var proxied = await new ProxyStep(ladder, target, options).TakeAsync(interruption);
        var places = await StraightAsync(proxied is not null, interruption);
        if (places.Count == 0 && proxied is null)
            return;

        // 2. TLS, where the URL wants it.
        var door = places.Count > 0 ? new ProbeDoor(target, options.Clock, places[0]) : proxied!;
        var exchange = new HttpExchange(door, options.Clock);
        var (goesOn, offersHttp2) = await TlsStep.TakeAsync(ladder, target, door, interruption);
        if (!goesOn)
            return;
        Facts = Facts with { IsReachable = true };

        // 3. The upgrade and its variants.
        var requests = new ProbeRequest(target);
        var (seen, opened) = await new UpgradeStep(ladder, target, requests, exchange, door, options.Clock.Time).TakeAsync(interruption);
        Hops = seen.Hops;
        Facts = Facts with { Status = seen.Full.Status, Server = seen.Full["Server"] is { Length: > 0 } server ? server : null };
        // A path may serve both; who wants a WebSocket and gets one has no question about events.
        if ((EventsStep.IsStream(seen.Plain) && !(target.WantsWebSocket && opened is not null)) || EventsStep.IsStream(seen.Full) || (seen.Plain.End == PeerEnd.Silent && !target.WantsWebSocket))
            Facts = Facts with { Events = await new EventsStep(ladder, door, requests, options).TakeAsync(seen, interruption) };
        if (proxied is not null && places.Count > 0)
            await new ProxyUpgradeStep(ladder, target, options, proxied).TakeAsync(requests, seen.Full, interruption);
        await OtherFamilyAsync(places, requests, seen, interruption);
        // The client of HTTP/2 goes straight.
        if (offersHttp2 && places.Count > 0)
            Facts = Facts with { Http2 = await Http2Step.TakeAsync(ladder, target, options, (opened?.Again ?? requests.Upgrade)(), opened is not null, interruption) };
        if (opened is null)
        {
            ladder.Skip("answer", "there is no WebSocket to look at");
            return;
        }

        // 4. The WebSocket itself.
        var opener = new SocketOpener(exchange, target, opened.Again);
        await using (opened.Peer)
        {
            if (!await TalkAsync(opened, opener, interruption))
                return;
        }

        // 5. What was asked for beyond the ladder.
        if (options.Idle.Count > 0)
            Facts = Facts with { IdleLimit = await new IdleStep(ladder, opener, options, Hops, Facts).TakeAsync(interruption) };
        if (Facts.IdleLimit is not null)
            await new ReconnectStep(ladder, opener, options).TakeAsync(interruption);
        if (options.Handshakes > 0)
            await new CrowdStep(ladder, target, opener, options).TakeAsync(interruption);
    }

    /// <summary>The addresses that take a connection without the proxy. Where a proxy reaches the target, none is no fault: its networks are made so.</summary>
    private async Task<IReadOnlyList<IPEndPoint>> StraightAsync(bool hasProxy, CancellationToken interruption)
    {
        ladder.HasOtherWay = hasProxy;
        var addresses = await DnsStep.TakeAsync(ladder, target, options, interruption);
        var places = addresses.Count == 0 ? [] : await TcpStep.TakeAsync(ladder, target, options, addresses, interruption);
        ladder.HasOtherWay = false;
        return places;
    }

    /// <summary>The same over the other family of addresses, for a name that has both.</summary>
    private async Task OtherFamilyAsync(IReadOnlyList<IPEndPoint> places, ProbeRequest requests, Differential seen, CancellationToken interruption)
    {
        if (places.Count == 0 || places.FirstOrDefault(p => p.AddressFamily != places[0].AddressFamily) is not { } other)
            return;
        var answer = await new HttpExchange(new ProbeDoor(target, options.Clock, other), options.Clock).AskAsync(requests.Upgrade(), interruption);
        var (name, rest) = other.AddressFamily == AddressFamily.InterNetworkV6 ? ("IPv6", "IPv4") : ("IPv4", "IPv6");
        var isWorse = answer.Status != 101 && seen.Full.Status == 101;
        ladder.Add("upgrade-other-family", isWorse ? StepResult.Warn : StepResult.Ok, answer.Took, $"over {name}, {other}: {answer}", !isWorse ? null : Findings.Of(
            "PROBE-DNS-V6-BROKEN", Severity.Warning, $"Only {name} clients fail: the upgrade works over {rest}.", $"{other}: {answer}", "The two addresses of the name lead to different things.", "Some clients fail always, others never.",
            $"Let both addresses lead to the same service, or remove the {name} record."));
    }

    /// <returns>False when nothing more can be asked.</returns>
    private async Task<bool> TalkAsync(OpenedUpgrade opened, SocketOpener opener, CancellationToken interruption)
    {
        if (AnswerStep.Take(ladder, target, opened.Request, opened.Answer) is not { } agreed)
            return false;
        Facts = Facts with { IsWebSocket = true, Subprotocol = agreed.Subprotocol, Extensions = agreed.Extensions };
        var (lives, pongs, code) = await PingStep.TakeAsync(ladder, opened.Peer, agreed, options.Clock.StepLimit, interruption);
        Facts = Facts with { Pongs = pongs, CloseCode = code };
        if (!lives)
            return false;
        var (echoes, close) = options.IsQuiet ? (false, null) : await new EchoStep(ladder, opener, options, pongs).TakeAsync(interruption);
        Facts = Facts with { Echoes = echoes };
        Facts = Facts with { CloseCode = await CloseStep.TakeAsync(ladder, opened.Peer, options.Clock.StepLimit, pongs, close, interruption) };
        return true;
    }
}
