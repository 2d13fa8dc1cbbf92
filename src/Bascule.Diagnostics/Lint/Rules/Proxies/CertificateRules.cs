using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Bascule.Diagnostics;

/// <summary>Rules about certificates that lie beside the configuration which names them.</summary>
internal static class CertificateRules
{
    // Self-signed, for other.example.com and ws.example.com; their key was thrown away.
    private const string Other = "MIIBujCCAWCgAwIBAgIUfKmOIRvgkYGZyVgVGeJDJK0Oiw4wCgYIKoZIzj0EAwIwHDEaMBgGA1UEAwwRb3RoZXIuZXhhbXBsZS5jb20wIBcNMjYxMTIxMTMwNTIzWhgPMjEyNjEwMjgxMzA1MjNaMBwxGjAYBgNVBAMMEW90aGVyLmV4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEOdSKppnosT69s8o5g4AYGvVOf4+5Bvhird4MBDSuZ+s4TQNXWW565CVRDCdRxoIVRorh7Yd2Q5qDAPODiVYgOKN+MHwwHQYDVR0OBBYEFDL09XmAfR7opIbBZMVSIVgaHb0qMB8GA1UdIwQYMBaAFDL09XmAfR7opIbBZMVSIVgaHb0qMA8GA1UdEwEB/wQFMAMBAf8wHAYDVR0RBBUwE4IRb3RoZXIuZXhhbXBsZS5jb20wCwYDVR0PBAQDAgeAMAoGCCqGSM49BAMCA0gAMEUCIQDkw0+x5R+1sOlo2WkeZmtu9sg2JLciQmVz4iLHzcaSDwIgaesvpHm3iedTxUf9GXmsN+lgmv2TzBYzieq4CX7n4Jw=";
    private const string Right = "MIIBsjCCAVegAwIBAgIUAyTQ0961WKLzb68UJOssnJ6okegwCgYIKoZIzj0EAwIwGTEXMBUGA1UEAwwOd3MuZXhhbXBsZS5jb20wIBcNMjYxMTIxMTMwNTIzWhgPMjEyNjEwMjgxMzA1MjNaMBkxFzAVBgNVBAMMDndzLmV4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEOdSKppnosT69s8o5g4AYGvVOf4+5Bvhird4MBDSuZ+s4TQNXWW565CVRDCdRxoIVRorh7Yd2Q5qDAPODiVYgOKN7MHkwHQYDVR0OBBYEFDL09XmAfR7opIbBZMVSIVgaHb0qMB8GA1UdIwQYMBaAFDL09XmAfR7opIbBZMVSIVgaHb0qMA8GA1UdEwEB/wQFMAMBAf8wGQYDVR0RBBIwEIIOd3MuZXhhbXBsZS5jb20wCwYDVR0PBAQDAgeAMAoGCCqGSM49BAMCA0kAMEYCIQDB/540IAFOv+Rxq1kE2qZ5wLIsqMJSdt46atnFOZGpRgIhAIHkYs4PKNLKn71VC9Fn/CDxPzHpqO2hbXs/mRi1UD5t";

    internal static readonly IReadOnlyList<LintRule> All =
    [
        new("TLS-CERT-NAME", Severity.Error, Breaks.Handshake, "Certificates of nginx, HAProxy and Caddy, against the names of their sites")
        {
            Why = "The certificate is not for the name by which clients connect.",
            Symptom = "The browser fails at once with 1006 and offers no way to go on; other clients report a certificate error.",
            Fix = "Issue a certificate for this name, or name the file of the one that has it.",
            Reference = "https://www.rfc-editor.org/rfc/rfc9110#section-4.3.4",
            Check = d => from use in Uses(d)
                         let file = OnlyFile(d, use.File)
                         let certificate = file is null ? null : Read(file.Text)
                         where certificate is not null
                         from host in use.Hosts
                         where !certificate.MatchesHostname(host, allowWildcards: true, allowCommonName: false)
                         select new LintHit(use.Place, $"{host} gets the certificate of {file.Path}, which is for {Names(certificate)}") { Host = host },
            Fires = Example(Other),
            Silent = Example(Right),
        },
    ];

    private static LintExample Example(string certificate) => new(
        ("nginx.conf", "server {\n  listen 443 ssl;\n  server_name ws.example.com;\n  ssl_certificate site.pem;\n  location /ws {\n    proxy_pass http://app;\n    proxy_read_timeout 3600s;\n  }\n}\n"),
        ("site.pem", $"-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n"));

    private static IEnumerable<(string File, IReadOnlyList<string> Hosts, Place Place)> Uses(Deployment deployment) => Nginx(deployment).Concat(Caddy(deployment)).Concat(Haproxy(deployment));

    private static IEnumerable<(string File, IReadOnlyList<string> Hosts, Place Place)> Nginx(Deployment deployment) =>
        from file in deployment.Of(FileKind.Nginx)
        from server in file.Root!.Deep("server")
        let certificates = server.All("ssl_certificate").ToList()
        // With several, one for each kind of key, any may be served.
        where certificates is [_]
        select (certificates[0].LastWord ?? "", Hosts(server["server_name"]?.Words ?? []), certificates[0].Place);

    private static IEnumerable<(string File, IReadOnlyList<string> Hosts, Place Place)> Caddy(Deployment deployment) =>
        from file in deployment.Of(FileKind.Caddy)
        from site in file.Root!.Children
        where site["tls"] is { Words: [_, _, ..] }
        select (site["tls"]!.Words[0], Hosts(SiteNames(site)), site["tls"]!.Place);

    /// <summary>HAProxy does not say its names: the URLs that clients get do.</summary>
    private static IEnumerable<(string File, IReadOnlyList<string> Hosts, Place Place)> Haproxy(Deployment deployment)
    {
        var hosts = deployment.Variables.Select(v => SafeText.Url(v.Value)).Where(u => u is { Scheme: "wss" }).Select(u => u!.Host).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        var binds = deployment.Of(FileKind.Haproxy).SelectMany(f => f.Root!.Deep("bind")).Where(b => b.Words.Count(w => w == "crt") == 1).ToList();
        // More than one entrance, or more than one name: nobody can tell which belongs to which.
        if (binds is [var bind] && hosts is [var host] && bind.Words.SkipWhile(w => w != "crt").ElementAtOrDefault(1) is { } crt)
            yield return (crt, Hosts([host]), bind.Place);
    }

    private static IEnumerable<string> SiteNames(ConfigNode site) =>
        site.Words.Prepend(site.Key).Select(w => w.Trim(',')).Select(w => SafeText.Url(w.Contains("://", StringComparison.Ordinal) ? w : $"https://{w}")?.Host ?? "");

    private static IReadOnlyList<string> Hosts(IEnumerable<string> words) =>
        [.. words.Where(w => w.Contains('.') && !w.StartsWith('~') && !w.Contains('*') && !w.Contains('$') && !w.StartsWith('.') && Uri.CheckHostName(w) == UriHostNameType.Dns)];

    private static LintFile? OnlyFile(Deployment deployment, string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        var files = deployment.Files.Where(f => f.Kind == FileKind.Certificate && f.Name == name).Take(2).ToList();
        return files is [var only] ? only : null;
    }

    /// <returns>Null where the file holds none that can be read.</returns>
    private static X509Certificate2? Read(string text)
    {
        try
        {
            return X509Certificate2.CreateFromPem(text);
        }
        catch (CryptographicException)
        {
            // A key alone, or a certificate of a kind that this system does not know: nothing can be said.
            return null;
        }
    }

    private static string Names(X509Certificate2 certificate)
    {
        const int most = 3;
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(e => e.EnumerateDnsNames()).Take(most).ToList();
        return names.Count == 0 ? "no host at all" : string.Join(", ", names);
    }
}
