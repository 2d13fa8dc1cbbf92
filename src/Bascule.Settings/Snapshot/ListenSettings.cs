namespace Bascule.Settings;

public enum AdminRole
{
    /// <summary>May look at everything.</summary>
    Read,

    /// <summary>May look, and may change and close.</summary>
    Act,
}

public sealed record ListenSettings
{
    [Setting("Addresses for clients. 8666 is the port of case E1.", At = Applies.Restart)]
    public IReadOnlyList<ListenerSettings> Public { get; init; } = [new() { Url = "http://0.0.0.0:8666" }];

    [Setting("Networks of proxies in front, as `10.0.0.0/8` or single addresses, whose X-Forwarded-*, Forwarded and PROXY protocol are believed. Of nobody else's.")]
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    [Setting("Host names that are served, without port; `*.example.org` takes all below it. Empty: every host.")]
    public IReadOnlyList<string> Hosts { get; init; } = [];

    [Setting("Origins of pages that may connect: `self` (scheme and host of the request itself), `https://app.example.org`, `https://*.example.org`, `null` or `*`. "
        + "Programs, which send no Origin, are not asked. It also decides who may call our HTTP API from a page (CORS).")]
    public IReadOnlyList<string> Origins { get; init; } = ["self"];

    [Setting("Address of the admin API, metrics and health for operators; keep it on loopback. `off` closes it.", At = Applies.Restart)]
    public string Admin { get; init; } = "http://127.0.0.1:8667";

    [Setting("Token that the admin API asks for. Without one, a random token is made at the first start and kept in the file `admin-token` of the data folder.", Secret = true, At = Applies.AtOnce)]
    public string? AdminToken { get; init; }

    [Setting("More tokens for the admin API, each with a name for the audit log and a role.", At = Applies.AtOnce)]
    public IReadOnlyList<AdminTokenSettings> AdminTokens { get; init; } = [];
}

/// <summary>One public listener; may be written as its URL alone.</summary>
public sealed record ListenerSettings
{
    [Setting("http://ADDRESS:PORT or https://ADDRESS:PORT. Port 0 takes a free one.", Required = true, Shorthand = true)]
    public string Url { get; init; } = "";

    [Setting("PEM file with the certificate and its chain; needed for https.", IsFile = true)]
    public string? Certificate { get; init; }

    [Setting("PEM file with the private key of the certificate.", IsFile = true)]
    public string? CertificateKey { get; init; }

    [Setting("Whether each connection begins with a PROXY protocol header, version 1 or 2, as HAProxy and cloud load balancers send it; on https it comes before TLS. Only trustedProxies may connect then.")]
    public bool ProxyProtocol { get; init; }

    [Setting("Whether HTTP/2 is offered; it takes TLS, where ALPN chooses it.")]
    public bool Http2 { get; init; } = true;

    [Setting("Whether WebSockets are taken over HTTP/2 (RFC 8441). Switch it off for clients that do it badly.")]
    public bool Http2WebSockets { get; init; } = true;
}

/// <summary>One operator or machine that may use the admin API.</summary>
public sealed record AdminTokenSettings
{
    [Setting("Who it is: letters, digits, `-` and `_`. It stands in the audit log.", Required = true)]
    public string Name { get; init; } = "";

    [Setting("The token, or `file:PATH` to a file that holds it. At least 16 characters.", Required = true, Secret = true, MayNameFile = true)]
    public string Token { get; init; } = "";

    [Setting("`read` looks; `act` also drains, closes, revokes and changes.")]
    public AdminRole Role { get; init; } = AdminRole.Read;
}
