using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Bascule.Sessions.Kubernetes;

/// <summary>Who may vouch for the API server: given, or in a file whose content is replaced from time to time.</summary>
public sealed class TrustedAuthorities
{
    // Certificates are for servers: id-kp-serverAuth, RFC 5280 §4.2.1.12.
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    // An authority that was taken out of the file is believed no longer than that.
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private readonly string? _path;
    private readonly TimeProvider _time;
    private Reading _last;

    private TrustedAuthorities(string? path, X509Certificate2Collection certificates, TimeProvider time)
    {
        _path = path;
        _time = time;
        _last = new Reading(certificates, time.GetTimestamp());
    }

    /// <summary>Why the last server was not believed; null when it was.</summary>
    internal string? Fault { get; private set; }

    public static TrustedAuthorities Of(X509Certificate2Collection certificates, TimeProvider time) => new(null, certificates, time);

    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="CryptographicException">What it holds are no certificates.</exception>
    public static TrustedAuthorities FromFile(string path, TimeProvider time) => new(path, Load(path), time);

    /// <summary>For the handshake of TLS: whether the server is whom somebody in the list vouches for.</summary>
    internal bool Vouch(X509Certificate? certificate, X509Chain? sent, SslPolicyErrors errors)
    {
        if (certificate is not X509Certificate2 server)
        {
            Fault = "it showed no certificate";
            return false;
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            Fault = $"its certificate is for another name ({server.Subject})";
            return false;
        }

        var isFresh = _time.GetElapsedTime(Volatile.Read(ref _last).At) < Fresh;
        if (!isFresh)
            Renew();
        Fault = FaultOf(server, sent);

        // A new authority may have come since.
        if (Fault is not null && isFresh && Renew())
            Fault = FaultOf(server, sent);
        return Fault is null;
    }

    private string? FaultOf(X509Certificate2 server, X509Chain? sent)
    {
        using var chain = new X509Chain
        {
            ChainPolicy = { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck },
        };
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        chain.ChainPolicy.CustomTrustStore.AddRange(Volatile.Read(ref _last).Certificates);
        if (sent is not null)
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        return chain.Build(server) ? null : string.Join("; ", chain.ChainStatus.Select(status => status.StatusInformation.Trim()).Distinct(StringComparer.Ordinal));
    }

    /// <returns>False when there is no file, or none that can be read: the last ones stay.</returns>
    private bool Renew()
    {
        if (_path is null)
            return false;
        try
        {
            Volatile.Write(ref _last, new Reading(Load(_path), _time.GetTimestamp()));
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
        {
            // In the moment of the replacement, or broken: what was good a minute ago is the best there is.
            return false;
        }
    }

    private static X509Certificate2Collection Load(string path)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(path);
        return certificates.Count > 0 ? certificates : throw new CryptographicException($"{path} holds no certificate in PEM form.");
    }

    private sealed record Reading(X509Certificate2Collection Certificates, long At);
}
