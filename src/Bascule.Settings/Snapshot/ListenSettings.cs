namespace Bascule.Settings;

public sealed record ListenSettings
{
    [Setting("Addresses for clients. 8666 is the port of case E1.")]
    public IReadOnlyList<ListenerSettings> Public { get; init; } = [new() { Url = "http://0.0.0.0:8666" }];

    [Setting("Address of the admin API, metrics and health for operators; keep it on loopback. `off` closes it.")]
    public string Admin { get; init; } = "http://127.0.0.1:8667";

    [Setting("Token that the admin API asks for. Without one, a random token is made at the first start and kept in the file `admin-token` of the data folder.", Secret = true)]
    public string? AdminToken { get; init; }
}

/// <summary>One public listener; may be written as its URL alone.</summary>
public sealed record ListenerSettings
{
    [Setting("http://ADDRESS:PORT or https://ADDRESS:PORT. Port 0 takes a free one.", Required = true, Shorthand = true)]
    public string Url { get; init; } = "";

    [Setting("PEM file with the certificate and its chain; needed for https.")]
    public string? Certificate { get; init; }

    [Setting("PEM file with the private key of the certificate.")]
    public string? CertificateKey { get; init; }

    [Setting("Whether HTTP/2 is offered: with TLS by ALPN; without TLS only to clients that speak it at once (prior knowledge).")]
    public bool Http2 { get; init; } = true;

    [Setting("Whether WebSockets are taken over HTTP/2 (RFC 8441). Switch it off for clients that do it badly.")]
    public bool Http2WebSockets { get; init; } = true;
}
