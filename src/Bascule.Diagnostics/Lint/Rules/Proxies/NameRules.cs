namespace Bascule.Diagnostics;

/// <summary>Rules about names that lead nowhere: what uses them is among the files, and what they name is not.</summary>
internal static class NameRules
{
    private const string Upgrade = "$connection_upgrade";

    internal static readonly IReadOnlyList<LintRule> All =
    [
        new("NGINX-NO-CONNECTION-MAP", Severity.Error, Breaks.Deploy, "nginx: $connection_upgrade, where the http block and all that it includes are among the files")
        {
            Why = "nginx has no such variable by itself: the map of its documentation makes it.",
            Symptom = "nginx does not start, or goes on with the old configuration: unknown \"connection_upgrade\" variable.",
            Fix = "Put map $http_upgrade $connection_upgrade { default upgrade; '' close; } into the http block.",
            Reference = "https://nginx.org/en/docs/http/websocket.html",
            IsForAll = true,
            Check = Unmapped,
            Fires = new LintExample(("nginx.conf", Http(""))),
            Silent = new LintExample(("nginx.conf", Http("  map $http_upgrade $connection_upgrade { default upgrade; '' close; }\n"))),
        },
        new("HAPROXY-NO-BACKEND", Severity.Error, Breaks.Deploy, "HAProxy: use_backend and default_backend, where the files hold backends")
        {
            Why = "No file has a backend of that name.",
            Symptom = "HAProxy does not start: unable to find required default_backend, or use_backend.",
            Fix = "Write the name of a backend, or add it.",
            Reference = "https://docs.haproxy.org/dev/configuration.html#4.2-use_backend",
            IsForAll = true,
            Check = NoBackend,
            Fires = new LintExample(("haproxy.cfg", "frontend web\n  bind :80\n  use_backend ws if { path_beg /ws }\n  default_backend app\nbackend app\n  server a 10.0.0.1:80\n")),
            Silent = new LintExample(("haproxy.cfg", "frontend web\n  bind :80\n  use_backend ws if { path_beg /ws }\n  default_backend app\nbackend app\n  server a 10.0.0.1:80\nbackend ws\n  timeout tunnel 1h\n  server a 10.0.0.1:81\n")),
        },
        new("K8S-INGRESS-NO-SERVICE", Severity.Error, Breaks.Handshake, "Ingresses, against the Services of the same folder")
        {
            Why = "The Ingress names a Service, or a port of it, that is not there.",
            Symptom = "Every request on the path gets 503, or 404 from the controller's default.",
            Fix = "Name a Service of the same namespace, and one of its ports by number or name.",
            Reference = "https://kubernetes.io/docs/concepts/services-networking/ingress/#the-ingress-resource",
            IsForAll = true,
            Check = d => d.Kube("Ingress").SelectMany(ingress => Nowhere(d, ingress)),
            Fires = new LintExample(("k8s.yaml", Ingress(81))),
            Silent = new LintExample(("k8s.yaml", Ingress(80))),
        },
    ];

    private static string Http(string map) =>
        $"events {{ worker_connections 8192; }}\nhttp {{\n{map}  server {{\n    location /ws {{\n      proxy_pass http://app;\n      proxy_set_header Upgrade $http_upgrade;\n      proxy_set_header Connection $connection_upgrade;\n    }}\n  }}\n}}\n";

    private static string Ingress(int port) =>
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: chat\nspec:\n  ports: [ { name: web, port: 80 } ]\n---\n"
        + $"apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: web\nspec:\n  rules:\n    - http:\n        paths:\n          - path: /\n            backend:\n              service: {{ name: chat, port: {{ number: {port} }} }}\n";

    private static IEnumerable<LintHit> Unmapped(Deployment deployment)
    {
        var files = deployment.Of(FileKind.Nginx).ToList();
        if (files.Exists(f => f.Root!.Everything().Any(n => n.Key is not ("proxy_set_header" or "add_header" or "if" or "log_format") && n.Words.Contains(Upgrade))))
            yield break;
        foreach (var file in files.Where(f => f.Root!.All("http").Any() && f.Root.Children.Concat(f.Root.All("http").SelectMany(h => h.Children)).Where(n => n.Key == "include").All(i => IsThere(i, files))))
        {
            if (file.Root!.Deep("proxy_set_header").FirstOrDefault(n => n.Words.Contains(Upgrade)) is { } use)
                yield return new LintHit(use.Place, $"{Upgrade} is used, and no map makes it");
        }
    }

    /// <summary>Whether what is included is among the files. Types of files hold no variables.</summary>
    private static bool IsThere(ConfigNode include, List<LintFile> files)
    {
        var name = (include.LastWord ?? "").Split('/')[^1];
        return name == "mime.types" || files.Exists(f => name.StartsWith('*') ? f.Name.EndsWith(name[1..], StringComparison.Ordinal) && f.Root!["http"] is null : f.Name == name);
    }

    private static IEnumerable<LintHit> NoBackend(Deployment deployment)
    {
        foreach (var folder in deployment.Of(FileKind.Haproxy).GroupBy(f => f.Folder))
        {
            var backends = folder.SelectMany(f => f.Root!.Children).Where(s => s.Key is "backend" or "listen").Select(s => s.FirstWord).OfType<string>().ToHashSet(StringComparer.Ordinal);
            // A name that is made of the request, or by a template, is not known here.
            foreach (var use in folder.SelectMany(f => f.Root!.Children).SelectMany(s => s.Children).Where(n => backends.Count > 0 && n.Key is "use_backend" or "default_backend"))
            {
                if (use.FirstWord is { } name && !name.AsSpan().ContainsAny("%${}<") && !backends.Contains(name))
                    yield return new LintHit(use.Place, $"{use.Key} {name}, and there is no such backend: {string.Join(", ", backends.Order(StringComparer.Ordinal).Take(5))}");
            }
        }
    }

    private static IEnumerable<LintHit> Nowhere(Deployment deployment, KubeObject ingress)
    {
        var folder = deployment.File(ingress.Place.File)?.Folder;
        var services = deployment.Kube("Service").Where(s => s.ApiVersion == "v1").ToList();
        // Where a folder has no Services, they come from elsewhere: a chart, another repository.
        if (!services.Exists(s => deployment.File(s.Place.File)?.Folder == folder))
            yield break;
        foreach (var backend in ingress.Body.Deep("service").Where(b => b["name"]?.Value is not null && b["port"] is not null))
        {
            var named = services.FindAll(s => s.Name == backend.Text("name"));
            var ports = named.SelectMany(s => s.Body.At("spec", "ports")?.Items ?? []).SelectMany(p => new[] { p.Text("port"), p.Text("name") }).OfType<string>().Distinct(StringComparer.Ordinal).ToList();
            if (named.Count == 0)
                yield return new LintHit(backend["name"]!.Place, $"Ingress {ingress.Name} leads to Service {backend.Text("name")}; there are {string.Join(", ", services.Select(s => s.Name).Order(StringComparer.Ordinal).Take(5))}") { Severity = Severity.Warning };
            else if ((backend.At("port", "number") ?? backend.At("port", "name")) is { Value: { } port } node && ports.Count > 0 && !ports.Contains(port))
                yield return new LintHit(node.Place, $"Ingress {ingress.Name} leads to port {port} of Service {backend.Text("name")}, which has {string.Join(", ", ports)} ({named[0].Place})");
        }
    }
}
