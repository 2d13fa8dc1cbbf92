namespace Bascule.Diagnostics;

/// <summary>Rules about the Ingress and the Gateway of GKE.</summary>
internal static class GkeRules
{
    private const string Ingress = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: chat\nspec:\n  ingressClassName: gce\n  rules:\n    - http:\n        paths:\n          - path: /ws\n";

    internal static readonly IReadOnlyList<LintRule> All =
    [
        new("GKE-BACKENDCONFIG-TIMEOUT", Severity.Error, Breaks.Connection, "Ingress of class gce and its BackendConfig")
        {
            Why = "GKE makes a classic load balancer of it, where the timeout is the lifetime of every connection.",
            Symptom = "Every connection ends after exactly this time, busy or not.",
            Fix = "Set timeoutSec: 86400 in a BackendConfig, and name it in the annotation cloud.google.com/backend-config of the Service.",
            Facts = ["gcp-lb-classic-hard-lifetime", "gke-ingress-classic", "gke-ingress-example-lifetime"],
            Check = d => from hop in d.Hops
                         where hop.Name.StartsWith("GKE Ingress", StringComparison.Ordinal) && hop.Lifetime is not null && hop.Lifetime.Seconds < d.Options.Lifetime
                         select new LintHit(hop.Lifetime!.Place, $"{hop.Name} ends every connection after {hop.Lifetime}"),
            Fires = new LintExample(("ingress.yaml", Ingress)),
            Silent = new LintExample(("ingress.yaml", Ingress + "---\napiVersion: cloud.google.com/v1\nkind: BackendConfig\nmetadata:\n  name: chat\nspec:\n  timeoutSec: 86400\n  connectionDraining:\n    drainingTimeoutSec: 120\n")),
        },
        new("GKE-BACKENDCONFIG-UNUSED", Severity.Error, Breaks.Connection, "BackendConfig and the annotations of Services")
        {
            Why = "A BackendConfig does nothing until a Service names it in its annotation.",
            Symptom = "Connections end after 30 s although the file says otherwise.",
            Fix = "Add the annotation cloud.google.com/backend-config: '{\"default\": \"NAME\"}' to the Service.",
            Facts = ["gke-ingress-classic"],
            Check = d => from config in d.Kube("BackendConfig")
                         where d.Kube("Service").Any() && config.Name.Length > 0
                             && !d.Kube("Service").Any(s => s.Body.At("metadata", "annotations")?.Children.Any(a => a.Key.EndsWith("backend-config", StringComparison.Ordinal) && a.Value?.Contains($"\"{config.Name}\"", StringComparison.Ordinal) == true) == true)
                         select new LintHit(config.Place, $"no Service names the BackendConfig {config.Name}"),
            Fires = new LintExample(("a.yaml", Ingress + "---\napiVersion: cloud.google.com/v1\nkind: BackendConfig\nmetadata:\n  name: chat\nspec:\n  timeoutSec: 86400\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: chat\n")),
            Silent = new LintExample(("a.yaml", Ingress + "---\napiVersion: cloud.google.com/v1\nkind: BackendConfig\nmetadata:\n  name: chat\nspec:\n  timeoutSec: 86400\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: chat\n  annotations:\n    cloud.google.com/backend-config: '{\"default\": \"chat\"}'\n")),
        },
        new("GKE-BACKENDCONFIG-DRAIN", Severity.Warning, Breaks.Connection, "BackendConfig")
        {
            Why = "Draining is off where it is not set: a pod that goes takes its connections with it at once.",
            Symptom = "Each rollout cuts connections with 1006.",
            Fix = "Set connectionDraining.drainingTimeoutSec to at least the pods' terminationGracePeriodSeconds.",
            Facts = ["gke-backendconfig-drain"],
            Check = d => d.Kube("BackendConfig").Where(b => b.Body.Text("spec", "connectionDraining", "drainingTimeoutSec") is null or "0")
                .Select(b => new LintHit((b.Body["spec"] ?? b.Body).Place, $"BackendConfig {b.Name} has no connection draining")),
            Fires = new LintExample(("a.yaml", Ingress + "---\napiVersion: cloud.google.com/v1\nkind: BackendConfig\nmetadata:\n  name: chat\nspec:\n  timeoutSec: 86400\n")),
            Silent = new LintExample(("a.yaml", Ingress + "---\napiVersion: cloud.google.com/v1\nkind: BackendConfig\nmetadata:\n  name: chat\nspec:\n  timeoutSec: 86400\n  connectionDraining: { drainingTimeoutSec: 120 }\n")),
        },
        new("GKE-GATEWAY-CLASSIC-CLASS", Severity.Warning, Breaks.Connection, "Gateway")
        {
            Why = "This class is the classic load balancer, which ends connections by age.",
            Symptom = "Every connection ends after exactly the same time.",
            Fix = "Use gke-l7-global-external-managed.",
            Facts = ["gke-gateway-gxlb-is-classic"],
            Check = d => d.Kube("Gateway").Select(g => g.Body.At("spec", "gatewayClassName")).Where(n => n?.Value?.StartsWith("gke-l7-gxlb", StringComparison.Ordinal) == true)
                .Select(n => new LintHit(n!.Place, $"gatewayClassName is {n.Value}") { Edit = LineEdit.Value(n, "gke-l7-global-external-managed") }),
            Fires = new LintExample(("gw.yaml", "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nspec:\n  gatewayClassName: gke-l7-gxlb\n"), Samples.Pinging),
            Silent = new LintExample(("gw.yaml", "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nspec:\n  gatewayClassName: gke-l7-global-external-managed\n"), Samples.Pinging),
        },
        IdleRule.Of("GKE-GCPBACKENDPOLICY-TIMEOUT", Severity.Warning, "HTTPRoute and GCPBackendPolicy", HopType.GkeGateway, "timeoutSec", "spec.default.timeoutSec: 300 in a GCPBackendPolicy", "gw.yaml", "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nspec:\n  gatewayClassName: gke-l7-global-external-managed\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n  name: ws\n", "gke-gateway-policy-timeout"),
        new("GKE-APP-PROTOCOL-HTTP2", Severity.Error, Breaks.Handshake, "Services of Kubernetes")
        {
            Why = "With HTTP/2 to the pod there is no HTTP/1.1 request that could be upgraded.",
            Symptom = "Every handshake gets 502.",
            Fix = "Use HTTP or HTTPS for the port that carries WebSockets.",
            Facts = ["gcp-lb-h2-backend-502"],
            Check = d => d.Kube("Service").SelectMany(s => s.Body.Everything()).Where(n => (n.Key == "cloud.google.com/app-protocols" && n.Value?.Contains("HTTP2", StringComparison.Ordinal) == true) || n is { Key: "appProtocol", Value: "kubernetes.io/h2c" or "HTTP2" })
                .Select(n => new LintHit(n.Place, $"{n.Key} asks for HTTP/2 to the pods")),
            Fires = new LintExample(("svc.yaml", "apiVersion: v1\nkind: Service\nmetadata:\n  name: chat\n  annotations:\n    cloud.google.com/app-protocols: '{\"ws\":\"HTTP2\"}'\n"), Samples.Pinging),
            Silent = new LintExample(("svc.yaml", "apiVersion: v1\nkind: Service\nmetadata:\n  name: chat\n  annotations:\n    cloud.google.com/app-protocols: '{\"ws\":\"HTTP\"}'\n"), Samples.Pinging),
        },
    ];
}
