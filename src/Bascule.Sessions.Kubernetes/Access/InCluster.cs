using System.Security.Cryptography;

namespace Bascule.Sessions.Kubernetes;

/// <summary>The service account of the pod that the gateway itself runs in.</summary>
public static class InCluster
{
    /// <summary>Where the kubelet puts token, authorities and namespace.</summary>
    public const string AccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

    public static bool IsHere(Func<string, string?> environment) => environment("KUBERNETES_SERVICE_HOST") is { Length: > 0 };

    /// <exception cref="KubeAccessException">The account is not mounted.</exception>
    public static KubeAccess Read(Func<string, string?> environment, TimeProvider time, string folder = AccountFolder)
    {
        var host = environment("KUBERNETES_SERVICE_HOST") ?? "";
        var port = environment("KUBERNETES_SERVICE_PORT") is { Length: > 0 } given ? given : "443";
        var token = Path.Combine(folder, "token");
        if (!File.Exists(token))
            throw new KubeAccessException($"KUBERNETES_SERVICE_HOST is set, but {token} is missing. Let the pod of the gateway have its service account's token (automountServiceAccountToken).");
        try
        {
            var space = Path.Combine(folder, "namespace");
            return new KubeAccess
            {
                Server = new Uri($"https://{(host.Contains(':') ? $"[{host}]" : host)}:{port}/"),
                Source = "the service account of this pod",
                Namespace = File.Exists(space) ? File.ReadAllText(space).Trim() : "default",
                Token = BearerToken.FromFile(token, time),
                Authorities = TrustedAuthorities.FromFile(Path.Combine(folder, "ca.crt"), time),
            };
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException or UriFormatException)
        {
            throw new KubeAccessException($"The service account in {folder} cannot be used: {fault.Message}", fault);
        }
    }
}
