using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>The upgrade and a ping through the proxy's tunnel, beside the straight way: what differs is the proxy's doing.</summary>
internal sealed class ProxyUpgradeStep(Ladder ladder, ProbeTarget target, ProbeOptions options, ProbeDoor door)
{
    /// <param name="straight">The same upgrade without the proxy.</param>
    internal async Task TakeAsync(ProbeRequest requests, HttpAnswer straight, CancellationToken interruption)
    {
        var start = ladder.Now();
        if (target.IsSecure && await CertificateFaultAsync(interruption) is { } other)
        {
            Fail(start, other, "PROBE-PROXY-TLS", $"The proxy {door.Place} opens TLS: {other}.", "It reads what passes with a certificate of its own, which programs refuse unless they are told to trust it.", "Let the proxy pass this host unopened, or trust its authority in the program.");
            return;
        }

        var (answer, peer) = await new HttpExchange(door, options.Clock).OpenAsync(requests.Upgrade(), interruption);
        if (peer is null)
        {
            if (answer.Status == straight.Status && answer.Head is not null)
                ladder.Add("proxy-upgrade", StepResult.Ok, ladder.Since(start), $"the same: {answer}");
            else if (answer.End == PeerEnd.Silent)
                Fail(start, answer.ToString(), "PROBE-PROXY-BUFFERS", $"The proxy {door.Place} holds back what goes through its tunnel: the upgrade is not answered there.", "It opens the tunnel and does not pass on what is sent, or waits for more of it.", "Let the proxy pass tunnels through unread, or add the host to NO_PROXY.");
            else if (answer.Head is null)
                Fail(start, answer.ToString(), "PROBE-PROXY-CUT", $"The proxy {door.Place} opens a tunnel and then cuts it when an upgrade is asked for.", "It reads what passes, and does not like it.", "Use wss://, so that it cannot read; or let the proxy's owner allow WebSockets to this host.");
            else
                Fail(start, answer.ToString(), "PROBE-PROXY-CHANGES", $"Through the proxy {door.Place} the upgrade gets {answer.Brief}, straight it gets {straight.Brief}.", "The proxy reads what passes and changes or answers it, or the server treats it as somebody else.", "Use wss://, so that it cannot read; see whether the server has rules about addresses.");
            return;
        }

        await using (peer)
            await PingAsync(peer, start, interruption);
    }

    private async Task PingAsync(RawPeer peer, long start, CancellationToken interruption)
    {
        await peer.SendAsync(RawFrame.Ping("through"u8.ToArray()), interruption);
        var asked = ladder.Now();
        while (true)
        {
            // The limit holds for all of it: a server that talks on is silent about the ping.
            var read = await peer.ReadAsync(options.Clock.StepLimit - ladder.Since(asked), interruption);
            if (read.Frame is { Opcode: (int)Opcode.Pong })
            {
                ladder.Add("proxy-upgrade", StepResult.Ok, ladder.Since(start), "101, and a pong came back");
                return;
            }

            // A close frame is the server's word, and the straight way shows it too.
            if (read.Frame is { Opcode: (int)Opcode.Close } close)
            {
                ladder.Add("proxy-upgrade", StepResult.Ok, ladder.Since(start), $"101, then {close}");
                return;
            }

            if (read.Frame is not null)
                continue;
            if (read.End == PeerEnd.Silent)
                Fail(start, "101, then no pong", "PROBE-PROXY-BUFFERS", $"The proxy {door.Place} holds back small messages: a ping gets no pong through its tunnel.", "It collects what passes until there is more of it.", "Let the proxy pass tunnels through unread, or add the host to NO_PROXY.");
            else
                Fail(start, $"101, then {read.End.Words()}", "PROBE-PROXY-CUT", $"The proxy {door.Place} cuts the connection right after the 101.", "It takes the 101 for the end of an exchange, or a rule forbids WebSockets.", "Use wss://, so that it cannot read; or let the proxy's owner allow WebSockets to this host.");
            return;
        }
    }

    /// <summary>What is wrong with the certificate that comes through the tunnel; null when nothing is, or the user takes any.</summary>
    private async Task<string?> CertificateFaultAsync(CancellationToken interruption)
    {
        var opening = await door.OpenAsync(interruption);
        if (opening.Peer is { } peer)
            await peer.DisposeAsync();
        return target.AnyCertificate || opening.Tls?.Certificate is not { Faults.Count: > 0 } certificate ? null : $"its certificate was issued by {certificate.Issuer}: {string.Join(", and ", certificate.Faults)}";
    }

    private void Fail(long start, string evidence, string ruleId, string headline, string why, string fix) => ladder.Add("proxy-upgrade", StepResult.Fail, ladder.Since(start), evidence, Findings.Measured(
        ruleId, Severity.Warning, headline, $"through the proxy: {evidence}", why, "Works here, and fails in programs that go through the proxy.", fix, "corp-proxy"));
}
