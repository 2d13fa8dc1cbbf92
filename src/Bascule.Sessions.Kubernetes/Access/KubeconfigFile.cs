using YamlDotNet.Serialization;

namespace Bascule.Sessions.Kubernetes;

/// <summary>What of a kubeconfig file is read.</summary>
internal sealed class KubeconfigFile
{
    [YamlMember(Alias = "current-context", ApplyNamingConventions = false)]
    public string? CurrentContext { get; set; }

    public List<Named>? Clusters { get; set; }

    public List<Named>? Users { get; set; }

    public List<Named>? Contexts { get; set; }

    /// <summary>One of the three lists' rows: only the part of its own list is there.</summary>
    internal sealed class Named
    {
        public string? Name { get; set; }

        public ClusterPart? Cluster { get; set; }

        public UserPart? User { get; set; }

        public ContextPart? Context { get; set; }
    }

    internal sealed class ClusterPart
    {
        public string? Server { get; set; }

        [YamlMember(Alias = "certificate-authority", ApplyNamingConventions = false)]
        public string? Authority { get; set; }

        [YamlMember(Alias = "certificate-authority-data", ApplyNamingConventions = false)]
        public string? AuthorityInline { get; set; }

        [YamlMember(Alias = "insecure-skip-tls-verify", ApplyNamingConventions = false)]
        public bool SkipVerify { get; set; }

        [YamlMember(Alias = "tls-server-name", ApplyNamingConventions = false)]
        public string? TlsServerName { get; set; }

        [YamlMember(Alias = "proxy-url", ApplyNamingConventions = false)]
        public string? ProxyUrl { get; set; }
    }

    internal sealed class UserPart
    {
        public string? Token { get; set; }

        public string? TokenFile { get; set; }

        [YamlMember(Alias = "client-certificate", ApplyNamingConventions = false)]
        public string? Certificate { get; set; }

        [YamlMember(Alias = "client-certificate-data", ApplyNamingConventions = false)]
        public string? CertificateInline { get; set; }

        [YamlMember(Alias = "client-key", ApplyNamingConventions = false)]
        public string? Key { get; set; }

        [YamlMember(Alias = "client-key-data", ApplyNamingConventions = false)]
        public string? KeyInline { get; set; }

        public string? Username { get; set; }

        public object? Exec { get; set; }

        [YamlMember(Alias = "auth-provider", ApplyNamingConventions = false)]
        public object? AuthProvider { get; set; }
    }

    internal sealed class ContextPart
    {
        public string? Cluster { get; set; }

        public string? User { get; set; }

        public string? Namespace { get; set; }
    }
}
