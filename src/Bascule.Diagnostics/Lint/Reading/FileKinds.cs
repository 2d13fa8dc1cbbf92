namespace Bascule.Diagnostics;

/// <summary>Tells the kind of a file.</summary>
internal static class FileKinds
{
    private static readonly Dictionary<string, FileKind> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Caddyfile"] = FileKind.Caddy,
        ["Procfile"] = FileKind.Procfile,
        ["Dockerfile"] = FileKind.Dockerfile,
        ["Containerfile"] = FileKind.Dockerfile,
        ["haproxy.cfg"] = FileKind.Haproxy,
        ["httpd.conf"] = FileKind.Apache,
        ["apache2.conf"] = FileKind.Apache,
        ["nginx.conf"] = FileKind.Nginx,
        ["web.config"] = FileKind.Xml,
        ["web.xml"] = FileKind.Xml,
        ["sysctl.conf"] = FileKind.Sysctl,
        ["package.json"] = FileKind.Manifest,
        ["composer.json"] = FileKind.Manifest,
        ["requirements.txt"] = FileKind.Manifest,
        ["pyproject.toml"] = FileKind.Manifest,
        ["go.mod"] = FileKind.Manifest,
        ["_redirects"] = FileKind.Manifest,
        ["kong.yml"] = FileKind.Kong,
        ["kong.yaml"] = FileKind.Kong,
        ["Jenkinsfile"] = FileKind.Shell,
        ["Makefile"] = FileKind.Shell,
    };

    private static readonly Dictionary<string, FileKind> Extensions = new(StringComparer.OrdinalIgnoreCase)
    {
        [".tf"] = FileKind.Terraform,
        [".tfvars"] = FileKind.Terraform,
        [".hcl"] = FileKind.Terraform,
        [".yaml"] = FileKind.Yaml,
        [".yml"] = FileKind.Yaml,
        [".json"] = FileKind.Json,
        [".toml"] = FileKind.Toml,
        [".sh"] = FileKind.Shell,
        [".bash"] = FileKind.Shell,
        [".ps1"] = FileKind.Other,
        [".env"] = FileKind.Env,
        [".dockerfile"] = FileKind.Dockerfile,
        [".caddyfile"] = FileKind.Caddy,
        [".pem"] = FileKind.Certificate,
        [".crt"] = FileKind.Certificate,
        [".cer"] = FileKind.Certificate,
        [".service"] = FileKind.Unit,
        [".js"] = FileKind.Source,
        [".mjs"] = FileKind.Source,
        [".cjs"] = FileKind.Source,
        [".jsx"] = FileKind.Source,
        [".ts"] = FileKind.Source,
        [".tsx"] = FileKind.Source,
        [".vue"] = FileKind.Source,
        [".svelte"] = FileKind.Source,
        [".html"] = FileKind.Source,
        [".go"] = FileKind.Source,
        [".py"] = FileKind.Source,
        [".cs"] = FileKind.Source,
        [".java"] = FileKind.Source,
        [".kt"] = FileKind.Source,
        [".rb"] = FileKind.Source,
        [".ex"] = FileKind.Source,
        [".swift"] = FileKind.Source,
    };

    /// <summary>The kind that the name alone tells; <see cref="FileKind.Other"/> when the content must be asked or the file is none of ours.</summary>
    internal static FileKind OfName(string name)
    {
        if (Names.TryGetValue(name, out var known))
            return known;
        if (IsEnv(name))
            return FileKind.Env;
        if (name.StartsWith("Dockerfile.", StringComparison.OrdinalIgnoreCase) || name.StartsWith("Caddyfile.", StringComparison.OrdinalIgnoreCase))
            return name[0] is 'D' or 'd' ? FileKind.Dockerfile : FileKind.Caddy;
        if (name.EndsWith(".d.ts", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".min.js", StringComparison.OrdinalIgnoreCase))
            return FileKind.Other;
        return Extensions.GetValueOrDefault(System.IO.Path.GetExtension(name));
    }

    /// <summary>Whether a file whose name tells nothing may still be one of ours.</summary>
    internal static bool IsWorthALook(string name) =>
        System.IO.Path.GetExtension(name) is "" or ".conf" or ".cfg" or ".cnf" or ".tpl" or ".template" or ".vhost" or ".inc" || IsReport(name);

    private static bool IsReport(string name) => System.IO.Path.GetExtension(name) is ".log" or ".txt" or ".out";

    internal static FileKind OfContent(string name, string text)
    {
        if (text.StartsWith("#!", StringComparison.Ordinal))
            return text.AsSpan(0, Math.Min(60, text.Length)).Contains("sh", StringComparison.Ordinal) ? FileKind.Shell : FileKind.Other;
        if (!IsWorthALook(name))
            return FileKind.Other;
        if (IsReport(name))
            return text.Contains("bad handshake", StringComparison.OrdinalIgnoreCase) ? FileKind.Report : FileKind.Other;
        if (HasLine(text, "backend ", "frontend ", "listen ", "defaults") && HasLine(text, "  ", "\t") && text.Contains("server ", StringComparison.Ordinal) && !text.Contains("proxy_pass", StringComparison.Ordinal))
            return FileKind.Haproxy;
        if (HasLine(text, "ProxyPass", "<VirtualHost", "RewriteRule", "<Location"))
            return FileKind.Apache;
        if (text.Contains("proxy_pass", StringComparison.Ordinal) || text.Contains("uwsgi_pass", StringComparison.Ordinal) || HasLine(text, "server {", "location ", "upstream ", "worker_", "events {", "http {", "proxy_set_header ", "proxy_http_version ", "proxy_read_timeout "))
            return FileKind.Nginx;
        if (HasLine(text, "net.core.", "net.ipv4.", "net.netfilter."))
            return FileKind.Sysctl;
        return FileKind.Other;
    }

    /// <summary>What a YAML document is, from the keys that only one tool has.</summary>
    internal static FileKind OfYaml(string path, ConfigNode root)
    {
        var documents = root.Children;
        if (documents.Any(d => d["apiVersion"] is not null && d["kind"] is not null))
            return FileKind.Kubernetes;
        if (path.Contains(".github/workflows/", StringComparison.Ordinal) || path.EndsWith(".gitlab-ci.yml", StringComparison.Ordinal) || path.Contains("cloudbuild", StringComparison.Ordinal)
            || documents.Any(d => d["jobs"] is not null && d.Deep("steps").Any()))
            return FileKind.Workflow;
        if (documents.Any(d => d["_format_version"] is not null))
            return FileKind.Kong;
        if (documents.Any(d => d["services"] is { } services && services.Children.Any(s => s["image"] is not null || s["build"] is not null)))
            return FileKind.Compose;
        if (documents.Any(IsTraefik))
            return FileKind.Traefik;
        if (documents.Any(d => d["static_resources"] is not null || d.Deep("http_connection_manager").Any() || d.Deep("virtual_hosts").Any() || d.Deep("stat_prefix").Any()))
            return FileKind.Envoy;
        return FileKind.Yaml;
    }

    /// <summary>Whether a document is static or dynamic configuration of Traefik.</summary>
    internal static bool IsTraefik(ConfigNode document) =>
        document["entryPoints"] is not null || (document["http"] is { } http && (http["routers"] ?? http["middlewares"] ?? http["serversTransports"]) is not null);

    private static bool IsEnv(string name) =>
        name.StartsWith(".env", StringComparison.Ordinal) || name.EndsWith(".env", StringComparison.Ordinal) || name.StartsWith("env.", StringComparison.Ordinal);

    private static bool HasLine(string text, params ReadOnlySpan<string> starts)
    {
        foreach (var range in text.AsSpan().Split('\n'))
        {
            var line = text.AsSpan(range);
            foreach (var start in starts)
            {
                if (line.StartsWith(start, StringComparison.Ordinal) || (start[0] is not (' ' or '\t') && line.TrimStart().StartsWith(start, StringComparison.Ordinal)))
                    return true;
            }
        }

        return false;
    }
}
