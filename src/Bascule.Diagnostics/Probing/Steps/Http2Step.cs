namespace Bascule.Diagnostics;

/// <summary>A WebSocket over HTTP/2 (RFC 8441), where it is offered.</summary>
internal static class Http2Step
{
    /// <returns>Whether one could be opened.</returns>
    internal static async Task<bool> TakeAsync(Ladder ladder, ProbeTarget target, ProbeOptions options, HeadText upgrade, bool works, CancellationToken interruption)
    {
        var start = ladder.Now();
        // The certificate was judged before; hop-by-hop fields have no place in HTTP/2.
        var headers = upgrade.Fields.Where(f => f.Key is not ("Host" or "Connection" or "Upgrade" or "Sec-WebSocket-Version" or "Sec-WebSocket-Key")).ToList();
        using var dialer = new Http2Dialer(new ConformStage(new ConformTarget(target.Url, headers, AnyCertificate: true), options.Clock, ServerFacts.Unknown));
        try
        {
            var (peer, answer) = await dialer.OpenAsync(null, interruption);
            using (answer)
            {
                if (peer is not null)
                {
                    await peer.DisposeAsync();
                    ladder.Add("http2", StepResult.Ok, ladder.Since(start), "an extended CONNECT opens a WebSocket");
                    return true;
                }

                var evidence = $"an extended CONNECT gets {(int)answer.StatusCode}";
                ladder.Add("http2", works ? StepResult.Warn : StepResult.Fail, ladder.Since(start), evidence, works ? Refused(evidence) : null);
                return false;
            }
        }
        catch (HttpRequestException e)
        {
            ladder.Add("http2", StepResult.Ok, ladder.Since(start), $"HTTP/2 is offered without WebSockets, so browsers open a connection of HTTP/1.1 for them ({e.Message.TrimEnd('.')})");
            return false;
        }
    }

    private static Verdict Refused(string evidence) => Findings.Of(
        "PROBE-H2-CONNECT", Severity.Warning, "HTTP/2 announces WebSockets (extended CONNECT), but refuses them; over HTTP/1.1 they work.", evidence, "A browser that has an HTTP/2 connection to this host uses it for the WebSocket, because the server says that it may.",
        "Works in programs and on a fresh page, fails where the browser has loaded something from this host over HTTP/2.", "Pass extended CONNECT on to the back end, or do not announce it (HAProxy: h2-workaround-bogus-websocket-clients).", "haproxy-h2-bogus-clients", "haproxy-ws-h1-h2");
}
