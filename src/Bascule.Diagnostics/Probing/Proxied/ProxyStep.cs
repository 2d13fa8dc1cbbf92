using System.Net;
using System.Net.Sockets;

namespace Bascule.Diagnostics;

/// <summary>The proxy of the environment: whether it opens a tunnel to the target. Programs that honour the variable go that way.</summary>
internal sealed class ProxyStep(Ladder ladder, ProbeTarget target, ProbeOptions options)
{
    /// <returns>A door through the proxy; null when there is none, or it does not open.</returns>
    internal async Task<ProbeDoor?> TakeAsync(CancellationToken interruption)
    {
        if (EnvironmentProxy.VariableFor(target, options.Environment) is not var (name, value))
        {
            ladder.Add("proxy", StepResult.Ok, TimeSpan.Zero, "the environment sets none");
            return null;
        }

        if (EnvironmentProxy.Exemption(target.Url, options.Environment) is { } exemption)
        {
            ladder.Add("proxy", StepResult.Ok, TimeSpan.Zero, $"{name} is set, and {exemption}");
            return null;
        }

        if (EnvironmentProxy.Read(name, value) is not { } proxy)
        {
            ladder.Add("proxy", StepResult.Warn, TimeSpan.Zero, $"{name} is no HTTP proxy without TLS (http://host:port), so it was not tried", Findings.Of(
                "PROBE-VIA-PROXY", Severity.Info, $"Programs on this machine that honour {name} take a proxy that this probe cannot try.", $"{name} is set", "SOCKS proxies and proxies behind TLS are not tried.",
                "It works here and fails in another program, or the reverse.", "Compare with such a program; add the host to NO_PROXY if the proxy is not needed.", "corp-proxy"));
            return null;
        }

        var start = ladder.Now();
        if (await PlaceAsync(proxy, interruption) is not { } place)
        {
            ladder.Add("proxy", StepResult.Fail, ladder.Since(start), $"{name} is {proxy.Place}: there is no such name", Unreached(proxy, "its name has no address"));
            return null;
        }

        var door = new ProbeDoor(target, options.Clock, place, proxy);
        var opening = await door.OpenPlainAsync(interruption);
        if (opening.Peer is { } peer)
        {
            await peer.DisposeAsync();
            ladder.Add("proxy", StepResult.Ok, ladder.Since(start), $"{name} is {proxy.Place}: it opens a tunnel to {target.Url.Authority}{(proxy.Authorization is null ? "" : ", with the password of the variable")}");
            return door;
        }

        ladder.Add("proxy", StepResult.Fail, ladder.Since(start), $"{name} is {proxy.Place}: {opening.Why}", Judge(proxy, opening));
        return null;
    }

    private async Task<IPEndPoint?> PlaceAsync(EnvironmentProxy proxy, CancellationToken interruption)
    {
        if (IPAddress.TryParse(proxy.Url.IdnHost.Trim('[', ']'), out var literal))
            return new IPEndPoint(literal, proxy.Url.Port);
        try
        {
            var addresses = await options.Resolve(proxy.Url.IdnHost, interruption).WaitAsync(options.Clock.StepLimit, options.Clock.Time, interruption);
            return addresses.Length == 0 ? null : new IPEndPoint(addresses[0], proxy.Url.Port);
        }
        catch (Exception e) when (e is SocketException or ArgumentException or TimeoutException)
        {
            // Whatever the name service says, there is no address: the verdict says so.
            return null;
        }
    }

    private Verdict Judge(EnvironmentProxy proxy, DoorOpening opening) => opening switch
    {
        { Tunnel: { Head: null } answer } => Say(proxy, "PROBE-PROXY-CUT", $"The proxy {proxy.Place} opens no tunnel: {answer.Why}.", opening.Why, "It takes the connection and then does not speak as an HTTP proxy does.", "Check its port, and its log."),
        { Tunnel: { Status: 407 } answer } => Say(
            proxy, "PROBE-PROXY-AUTH", proxy.Authorization is null ? $"The proxy {proxy.Place} wants a password (407)." : $"The proxy {proxy.Place} refuses the password of {proxy.Variable} (407).",
            $"{opening.Why}{(answer.Field("Proxy-Authenticate") is { Length: > 0 } kind ? $", proxy-authenticate: {kind}" : "")}", "It opens a tunnel for those it knows only; most WebSocket clients send nothing but what stands in the variable, and Basic only.",
            $"Put user and password into {proxy.Variable} (http://user:password@{proxy.Place}), let the host through without one, or add it to NO_PROXY."),
        { Tunnel: { Status: >= 500 } answer } => Say(
            proxy, "PROBE-PROXY-REFUSED", $"The proxy {proxy.Place} does not reach {target.Url.Authority} ({answer.Status}).", opening.Why, "The tunnel is allowed, but the proxy cannot connect: it does not know the name, or a firewall stands behind it.",
            "Let the proxy resolve and reach the host, or add it to NO_PROXY if it is near."),
        { Tunnel: { } answer } => Say(
            proxy, "PROBE-PROXY-REFUSED", $"The proxy {proxy.Place} refuses a tunnel to {target.Url.Authority} ({answer.Status}).", opening.Why,
            answer.Status is 400 or 405 or 501 ? "It knows no CONNECT, which every WebSocket through a proxy needs (RFC 6455 §4.1)." : "A rule of the proxy: this host, or this port. Many allow 443 only.",
            "Serve the WebSocket as wss:// on port 443, and let the proxy's owner allow the host; or add it to NO_PROXY."),
        _ => Unreached(proxy, opening.Why),
    };

    private Verdict Unreached(EnvironmentProxy proxy, string why) => Say(
        proxy, "PROBE-PROXY-UNREACHED", $"The proxy {proxy.Place} that {proxy.Variable} names cannot be reached: {why}.", why, "Whoever honours the variable gets no further than that.", $"Correct or remove {proxy.Variable}, or start the proxy.");

    private Verdict Say(EnvironmentProxy proxy, string ruleId, string headline, string seen, string why, string fix) => Findings.Measured(
        ruleId, Severity.Warning, headline, $"{proxy.Variable}, CONNECT {target.Url.Authority}: {seen}", why, $"Programs on this machine that honour {proxy.Variable} cannot connect; those that do not, can.", fix, "corp-proxy");
}
