namespace Bascule.Diagnostics;

/// <summary>Rules about the ingress controller that runs nginx.</summary>
internal static class IngressNginxRules
{
    internal static readonly IReadOnlyList<LintRule> All =
    [
        IdleRule.Of("INGRESS-NGINX-TIMEOUT", Severity.Warning, "Ingress of class nginx, ConfigMap of its controller", HopType.IngressNginx, "proxy-read-timeout", "nginx.ingress.kubernetes.io/proxy-read-timeout: \"3600\"", "ingress.yaml", Ingress(""), "ingress-nginx-support"),
        new("INGRESS-NGINX-TIMEOUT-UNIT", Severity.Warning, Breaks.Connection, "Timeout annotations of ingress-nginx")
        {
            Why = "The controller reads a number of seconds as text; anything else counts as not set, so the default of 60 s holds.",
            Symptom = "Silent connections end after 60 s, although the annotation says otherwise.",
            Fix = "Write the number alone, in quotes: \"3600\".",
            Facts = ["ingress-nginx-support"],
            Check = d => from ingress in PathHops.SocketIngresses(d)
                         from name in (string[])["proxy-read-timeout", "proxy-send-timeout"]
                         let node = ingress.NginxAnnotation(name)
                         where node?.Value is { Length: > 0 } text && TimeText.Number(text) is null
                         select new LintHit(node.Place, $"{name} is {node.Value}, which is no number of seconds") { Edit = TimeText.Seconds(node.Value) is { } seconds ? LineEdit.Value(node, $"\"{TimeText.Show(seconds)}\"") : null },
            Fires = new LintExample(("ingress.yaml", Ingress("    nginx.ingress.kubernetes.io/proxy-read-timeout: 3600s\n"))),
            Silent = new LintExample(("ingress.yaml", Ingress("    nginx.ingress.kubernetes.io/proxy-read-timeout: \"3600\"\n    nginx.ingress.kubernetes.io/proxy-send-timeout: \"3600\"\n"))),
        },
        new("INGRESS-NGINX-CONNECTION-HEADER", Severity.Error, Breaks.Handshake, "Annotations of ingress-nginx")
        {
            Why = "The annotation writes over the Connection header of every request, and with it the word upgrade.",
            Symptom = "Every handshake gets 400 or 426 from the backend.",
            Fix = "Take the annotation out.",
            Facts = ["ingress-nginx-connection-header"],
            Check = d => PathHops.SocketIngresses(d).Select(i => i.NginxAnnotation("connection-proxy-header")).Where(n => n is not null && n.Value?.ToLowerInvariant() != "upgrade")
                .Select(n => new LintHit(n!.Place, $"Connection is fixed to {n.Value}") { Edit = LineEdit.Remove(n.Place) }),
            Fires = new LintExample(("ingress.yaml", Ingress("    nginx.ingress.kubernetes.io/connection-proxy-header: \"keep-alive\"\n"))),
            Silent = new LintExample(("ingress.yaml", Ingress("    nginx.ingress.kubernetes.io/proxy-read-timeout: \"3600\"\n"))),
        },
        new("INGRESS-NGINX-RELOAD-240", Severity.Warning, Breaks.Connection, "ConfigMap of the controller")
        {
            Why = "Each change of any Ingress reloads nginx, and the old process ends its connections after worker-shutdown-timeout: 240 s where it is not set.",
            Symptom = "Four minutes after somebody deploys anything, all connections end together.",
            Fix = "Raise worker-shutdown-timeout to hours, or give WebSockets a controller of their own.",
            Facts = ["ingress-nginx-reload-240"],
            Check = d => from map in d.Kube("ConfigMap")
                         where PathHops.SocketIngresses(d).Any() && (map.Name.Contains("nginx", StringComparison.Ordinal) || map.Body.At("data", "worker-shutdown-timeout") is not null) && map.Body["data"]?.Children.TrueForAll(c => c.Words is not ["|"]) == true
                         let timeout = map.Body.At("data", "worker-shutdown-timeout")
                         where timeout is null || TimeText.Seconds(timeout.Value) < 3600
                         select new LintHit((timeout ?? map.Body["data"]!).Place, $"old processes end their connections {timeout?.Value ?? "240s (the default)"} after a reload") { Edit = LineEdit.Value(timeout, "14400s") },
            Fires = new LintExample(("a.yaml", Ingress("    x: y\n") + "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ingress-nginx-controller\ndata:\n  worker-shutdown-timeout: 240s\n")),
            Silent = new LintExample(("a.yaml", Ingress("    x: y\n") + "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ingress-nginx-controller\ndata:\n  worker-shutdown-timeout: 14400s\n")),
        },
        new("INGRESS-NGINX-RETIRED", Severity.Info, Breaks.Nothing, "Ingress of class nginx")
        {
            Why = "The controller gets no further releases.",
            Symptom = "None by itself.",
            Fix = "Plan for an implementation of the Gateway API, and check the timeouts again there.",
            Facts = ["ingress-nginx-retired"],
            Check = d => PathHops.SocketIngresses(d).Take(1).Select(i => new LintHit(i.Place, $"Ingress {i.Name} is served by ingress-nginx, which is retired")),
            Fires = new LintExample(("ingress.yaml", Ingress(""))),
            Silent = new LintExample(("ingress.yaml", Ingress("").Replace("nginx", "traefik", StringComparison.Ordinal)), Samples.Pinging),
        },
    ];

    private static string Ingress(string annotations) =>
        $"apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: chat\n{(annotations.Length > 0 ? "  annotations:\n" + annotations : "")}spec:\n  ingressClassName: nginx\n  rules:\n    - http:\n        paths:\n          - path: /ws\n";
}
