using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Bascule.Sessions.Kubernetes;

/// <summary>Where the API server is and how it is spoken to. From <see cref="InCluster"/> or a <see cref="Kubeconfig"/>.</summary>
public sealed class KubeAccess
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ConnectionLife = TimeSpan.FromMinutes(10);

    /// <summary>Ends with a slash.</summary>
    public required Uri Server { get; init; }

    /// <summary>What it was read from, for messages.</summary>
    public required string Source { get; init; }

    public string Namespace { get; init; } = "default";

    public BearerToken? Token { get; init; }

    /// <summary>The only ones that may vouch for the server; null: those of the system.</summary>
    public TrustedAuthorities? Authorities { get; init; }

    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>Trusts whoever answers: for trying only.</summary>
    public bool SkipsVerification { get; init; }

    /// <summary>The name that the server's certificate must have, when it is not the one of <see cref="Server"/>.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>Finds the way: the kubeconfig that is given, the pod's own account, or what kubectl would use; else the API server that is given, without credentials (kubectl proxy).</summary>
    /// <exception cref="KubeAccessException">There is none, or it cannot be used. The text says what to do.</exception>
    public static KubeAccess Find(KubernetesOptions options, Func<string, string?> environment, TimeProvider time)
    {
        var found = options.Kubeconfig is { } path ? Kubeconfig.Read(path, options.Context, time)
            : InCluster.IsHere(environment) ? InCluster.Read(environment, time)
            : options.ApiServer is { } bare && !File.Exists(Kubeconfig.UsualPath(environment)) ? new KubeAccess { Server = bare, Source = "without credentials" }
            : Kubeconfig.Read(Kubeconfig.UsualPath(environment), options.Context, time);
        return new KubeAccess
        {
            Server = options.ApiServer is { } server ? Slashed(server) : found.Server,
            Source = found.Source,
            Namespace = options.Namespace ?? found.Namespace,
            Token = found.Token,
            Authorities = found.Authorities,
            ClientCertificate = found.ClientCertificate,
            SkipsVerification = found.SkipsVerification,
            TlsServerName = found.TlsServerName,
        };
    }

    /// <summary>Only what is used of the address: a user, password or query in it is never sent, and is not to be told either.</summary>
    internal static Uri Slashed(Uri server) => new(server.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/') + "/");

    internal async Task<string?> TokenAsync(bool again, CancellationToken cancellation) =>
        Token is null ? null : await Token.ReadAsync(again, cancellation);

    internal SocketsHttpHandler NewHandler()
    {
        var tls = new SslClientAuthenticationOptions { CertificateRevocationCheckMode = X509RevocationMode.NoCheck };
        if (ClientCertificate is { } certificate)
            tls.ClientCertificates = [certificate];
        if (Authorities is { } authorities)
            tls.RemoteCertificateValidationCallback = (_, server, sent, errors) => authorities.Vouch(server, sent, errors);

        if (SkipsVerification)
#pragma warning disable CA5359 // The user asked for it by `insecure-skip-tls-verify` in the kubeconfig.
            tls.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        return new SocketsHttpHandler
        {
            SslOptions = tls,
            ConnectTimeout = ConnectLimit,
            PooledConnectionLifetime = ConnectionLife,
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.GZip,
        };
    }
}

/// <summary>The API server cannot be spoken to with what is configured.</summary>
public sealed class KubeAccessException(string message, Exception? cause = null) : IOException(message, cause)
{
    /// <summary>The kubeconfig that is there and is not good; null where the fault is another one, or there is none.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>Whether the file could not even be read: by its rights, or because it is no YAML.</summary>
    public bool IsUnreadable { get; init; }
}
