using System.Net.Security;
using System.Security.Authentication;

namespace Bascule.Diagnostics;

/// <summary>What TLS agrees on, and what is wrong with the certificate.</summary>
internal static class TlsStep
{
    private static readonly List<SslApplicationProtocol> Both = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];

    /// <summary>Whether the ladder goes on, and whether HTTP/2 is offered.</summary>
    internal static async Task<(bool GoesOn, bool OffersHttp2)> TakeAsync(Ladder ladder, ProbeTarget target, ProbeDoor door, CancellationToken interruption)
    {
        if (!target.IsSecure)
        {
            ladder.Skip("tls", "the URL wants no TLS");
            return (true, false);
        }

        var start = ladder.Now();
        var opening = await door.OpenAsync(interruption);
        if (opening.Peer is { } peer)
            await peer.DisposeAsync();
        var both = await door.OpenAsync(isSecure: true, Both, interruption);
        if (both.Peer is { } second)
            await second.DisposeAsync();
        var offersHttp2 = both.Tls?.Alpn == "h2";
        if (opening.Tls is not { } tls)
        {
            ladder.Add("tls", StepResult.Fail, ladder.Since(start), opening.Why, offersHttp2 ? Http2Only(target, opening.Why) : await FailedAsync(target, door, opening.Why, interruption));
            return (false, offersHttp2);
        }

        var evidence = $"{Name(tls.Version)}, {(tls.Alpn.Length == 0 ? "no ALPN" : tls.Alpn)}{(offersHttp2 ? ", h2 offered too" : "")}, {tls.Certificate}";
        return (Judge(ladder, target, tls.Certificate, evidence, ladder.Since(start)), offersHttp2);
    }

    private static bool Judge(Ladder ladder, ProbeTarget target, CertificateSeen? certificate, string evidence, TimeSpan took)
    {
        if (certificate is { Faults.Count: > 0 })
        {
            var faults = string.Join(", and ", certificate.Faults);
            var severity = target.AnyCertificate ? Severity.Info : Severity.Error;
            // A token is not for somebody who cannot prove who he is.
            var goesOn = target.AnyCertificate || (target.Token is null && target.Headers.Count == 0 && target.Url.Query.Length <= 1);
            ladder.Add("tls", target.AnyCertificate ? StepResult.Warn : StepResult.Fail, took, $"{evidence}: {faults}{(goesOn ? "" : ". The probe ends here, because what it would send may be secret; --insecure goes on")}", Findings.Of(
                "PROBE-TLS-CERT", severity, $"The certificate of {target.Url.IdnHost} is refused by browsers: {faults}.", evidence, "A browser shows no page to click it away for a WebSocket; it just fails.", Findings.HiddenFault, Fix(certificate)));
            return goesOn;
        }

        if (certificate is { IsNearEnd: true })
            ladder.Add("tls", StepResult.Warn, took, evidence, Findings.Of(
                "PROBE-TLS-EXPIRES", Severity.Warning, $"The certificate of {target.Url.IdnHost} ends on {certificate.Until:yyyy-MM-dd}.", evidence, "Less than a tenth of its life is left: renewal should have happened.", "From that day on no browser connects.", "Renew it; find out why that did not happen by itself."));
        else
            ladder.Add("tls", StepResult.Ok, took, evidence);
        return true;
    }

    private static string Fix(CertificateSeen certificate) => certificate.Faults[0] switch
    {
        var f when f.StartsWith("it is for", StringComparison.Ordinal) => "Connect by a name that the certificate has, or issue one for this host; a server with several names needs the right one for SNI.",
        var f when f.StartsWith("it expired", StringComparison.Ordinal) => "Renew the certificate, and let the server load it: a renewed file that nobody reloads looks the same.",
        var f when f.StartsWith("it signed itself", StringComparison.Ordinal) => "Get a certificate from an authority that clients trust; for a probe take --ca or --insecure.",
        var f when f.StartsWith("the certificate of its issuer", StringComparison.Ordinal) => "Configure the full chain (fullchain.pem, not cert.pem); for a private authority take --ca.",
        _ => "Correct the certificate; for a private authority take --ca.",
    };

    private static Verdict Http2Only(ProbeTarget target, string why) => Findings.Of(
        "PROBE-H2-ONLY", Severity.Error, $"{target.Url.Authority} speaks HTTP/2 only: it refuses http/1.1 in ALPN.", $"ALPN http/1.1: {why}; ALPN h2: accepted", "A WebSocket needs HTTP/1.1, or an HTTP/2 server with extended CONNECT (RFC 8441), which most are not.",
        Findings.HiddenFault, "Offer http/1.1 beside h2.", "gcp-lb-no-rfc8441", "nginx-no-h2-extended-connect", "apache-h2-websockets-off");

    private static async Task<Verdict> FailedAsync(ProbeTarget target, ProbeDoor door, string why, CancellationToken interruption)
    {
        var opening = await door.OpenAsync(isSecure: false, [], interruption);
        if (opening.Peer is { } peer)
        {
            await using (peer)
            {
                // No path, no token: only the question whether somebody speaks HTTP without TLS.
                await peer.SendAsync(new HeadText("GET / HTTP/1.1", [new("Host", target.Url.Authority), new("Connection", "close")]), interruption);
                if ((await peer.ReadAnswerAsync(interruption)).Head is { } head)
                    return Findings.Of("PROBE-TLS-PLAINTEXT", Severity.Error, $"wss:// points to a port without TLS: {target.Url.Authority} speaks plain HTTP.", $"TLS: {why}; HTTP without TLS: {head.Status}",
                        "The first bytes of TLS are no HTTP request, and the answer is no TLS.", Findings.HiddenFault, $"Connect to ws://{target.Url.Authority}, or to the port that has TLS.");
            }
        }

        return Findings.Of("PROBE-TLS-FAILED", Severity.Error, $"TLS with {target.Url.Authority} fails: {why}.", why, "Both sides must agree on a version and a cipher, and the server must have a certificate for this name.", Findings.HiddenFault,
            "See the server's TLS log: a missing certificate, versions below 1.2 only, or a client certificate that is asked for.");
    }

    private static string Name(SslProtocols version) => version switch
    {
        SslProtocols.Tls12 => "TLS 1.2",
        SslProtocols.Tls13 => "TLS 1.3",
        _ => version.ToString(),
    };
}
