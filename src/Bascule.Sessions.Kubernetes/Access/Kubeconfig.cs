using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Bascule.Sessions.Kubernetes;

/// <summary>Reads the file that kubectl uses. Programs that it would have to run for a token (exec) are refused: a gateway starts no program that a file names.</summary>
public static class Kubeconfig
{
    /// <summary><c>KUBECONFIG</c>, else the file in the home folder. Of several, the first.</summary>
    public static string UsualPath(Func<string, string?> environment) =>
        environment("KUBECONFIG") is { Length: > 0 } paths
            ? paths.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)[0]
            : Path.Combine(environment("HOME") ?? "/", ".kube", "config");

    /// <param name="context">Null: the current one.</param>
    /// <exception cref="KubeAccessException">Says what is wrong with which part of the file.</exception>
    public static KubeAccess Read(string path, string? context, TimeProvider time)
    {
        var file = Load(path);
        try
        {
            return Build(path, file, context, time);
        }
        catch (Exception fault) when (fault is (IOException and not KubeAccessException) or UnauthorizedAccessException or CryptographicException or FormatException)
        {
            throw Fault(path, $"The kubeconfig {path} cannot be used: {fault.Message}", fault);
        }
    }

    private static KubeconfigFile Load(string path)
    {
        if (!File.Exists(path))
            throw new KubeAccessException($"There is no kubeconfig at {path}, and this is no pod with a service account. Set sessions.kubernetes.kubeconfig, or run the gateway in the cluster.");
        try
        {
            var yaml = new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).IgnoreUnmatchedProperties().Build();
            return yaml.Deserialize<KubeconfigFile?>(File.ReadAllText(path)) ?? throw Fault(path, $"The kubeconfig {path} is empty.");
        }
        catch (Exception fault) when (fault is (IOException and not KubeAccessException) or UnauthorizedAccessException or YamlException)
        {
            throw new KubeAccessException($"The kubeconfig {path} cannot be read: {Told(fault)}", fault) { Kubeconfig = path, IsUnreadable = true };
        }
    }

    /// <summary>What the reader of YAML says, with the line: the text of its outer exceptions says nothing.</summary>
    private static string Told(Exception fault) => fault is YamlException yaml ? $"line {yaml.Start.Line}: {yaml.InnerException?.Message ?? yaml.Message}" : fault.Message;

    private static KubeAccessException Fault(string path, string message, Exception? cause = null) => new(message, cause) { Kubeconfig = path };

    private static KubeAccess Build(string path, KubeconfigFile file, string? wanted, TimeProvider time)
    {
        var name = wanted ?? file.CurrentContext;
        if (string.IsNullOrEmpty(name))
            throw Fault(path, $"The kubeconfig {path} has no current-context. Set one, or sessions.kubernetes.context.");
        var context = Find(file.Contexts, name)?.Context ?? throw Missing(path, "context", name, file.Contexts);
        var cluster = Find(file.Clusters, context.Cluster)?.Cluster ?? throw Missing(path, "cluster", context.Cluster, file.Clusters);
        var user = string.IsNullOrEmpty(context.User)
            ? new KubeconfigFile.UserPart()
            : Find(file.Users, context.User)?.User ?? throw Missing(path, "user", context.User, file.Users);
        RefuseWhatCannotBe(path, context.User, user, cluster);
        // What stands there instead of a URL is not repeated: it may be a token that went into the wrong line.
        if (!Uri.TryCreate(cluster.Server, UriKind.Absolute, out var server) || server.Scheme is not ("http" or "https"))
            throw Fault(path, $"Cluster {context.Cluster} in {path} has {(string.IsNullOrWhiteSpace(cluster.Server) ? "no server" : "a server that is no URL")}; a URL of http or https is expected, as https://10.0.0.1:6443.");

        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return new KubeAccess
        {
            Server = KubeAccess.Slashed(server),
            Source = $"context {name} of {path}",
            Namespace = string.IsNullOrEmpty(context.Namespace) ? "default" : context.Namespace,
            Token = TokenOf(user, folder, time),
            Authorities = AuthoritiesOf(cluster, folder, time),
            ClientCertificate = CertificateOf(user, folder),
            SkipsVerification = cluster.SkipVerify,
            TlsServerName = cluster.TlsServerName,
        };
    }

    private static void RefuseWhatCannotBe(string path, string? name, KubeconfigFile.UserPart user, KubeconfigFile.ClusterPart cluster)
    {
        const string instead = "Make a service account for the gateway (deploy/kubernetes) and put its token, or the path of a file with it, into the kubeconfig.";
        if (user.Exec is not null)
            throw Fault(path, $"User {name} in {path} gets its token from a program (exec). The gateway starts no program that a file names. {instead}");
        if (user.AuthProvider is not null)
            throw Fault(path, $"User {name} in {path} uses an auth-provider, which Kubernetes itself gave up. {instead}");
        if (user.Username is not null)
            throw Fault(path, $"User {name} in {path} has a user name and password, which no API server takes any more. {instead}");
        if (!string.IsNullOrEmpty(cluster.ProxyUrl))
            throw Fault(path, $"The cluster of {path} is behind a proxy (proxy-url), which is not supported. Give a server that can be reached without it.");
    }

    private static BearerToken? TokenOf(KubeconfigFile.UserPart user, string folder, TimeProvider time) =>
        !string.IsNullOrEmpty(user.TokenFile) ? BearerToken.FromFile(Path.Combine(folder, user.TokenFile), time)
        : !string.IsNullOrEmpty(user.Token) ? BearerToken.Of(user.Token, time)
        : null;

    private static TrustedAuthorities? AuthoritiesOf(KubeconfigFile.ClusterPart cluster, string folder, TimeProvider time)
    {
        if (string.IsNullOrEmpty(cluster.AuthorityInline))
            return string.IsNullOrEmpty(cluster.Authority) ? null : TrustedAuthorities.FromFile(Path.Combine(folder, cluster.Authority), time);
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(Encoding.UTF8.GetString(Convert.FromBase64String(cluster.AuthorityInline)));
        return authorities.Count > 0 ? TrustedAuthorities.Of(authorities, time) : throw new FormatException("The certificate-authority-data holds no certificate in PEM form.");
    }

    private static X509Certificate2? CertificateOf(KubeconfigFile.UserPart user, string folder)
    {
        var certificate = PemOf(user.CertificateInline, user.Certificate, folder);
        var key = PemOf(user.KeyInline, user.Key, folder);
        return (certificate, key) switch
        {
            (null, null) => null,
            ({ } c, { } k) => X509Certificate2.CreateFromPem(c, k),
            _ => throw new FormatException("client-certificate and client-key belong together; one of them is missing."),
        };
    }

    private static string? PemOf(string? inline, string? path, string folder) =>
        !string.IsNullOrEmpty(inline) ? Encoding.UTF8.GetString(Convert.FromBase64String(inline))
        : !string.IsNullOrEmpty(path) ? File.ReadAllText(Path.Combine(folder, path))
        : null;

    private static KubeconfigFile.Named? Find(List<KubeconfigFile.Named>? list, string? name) => list?.Find(row => row.Name == name);

    private static KubeAccessException Missing(string path, string what, string? name, List<KubeconfigFile.Named>? list) =>
        Fault(path, $"The kubeconfig {path} has no {what} `{name}`. It has: {(list is { Count: > 0 } ? string.Join(", ", list.Select(row => row.Name)) : "none")}.");
}
