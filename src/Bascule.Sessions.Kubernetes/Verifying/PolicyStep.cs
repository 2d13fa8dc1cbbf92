using System.Text.Json.Nodes;
using Bascule.Diagnostics;

namespace Bascule.Sessions.Kubernetes;

/// <summary>The network policies of the sessions: there should be some, and they must let the gateways in.</summary>
internal static class PolicyStep
{
    private const string Id = "network-policy";
    private const string Source = "https://kubernetes.io/docs/concepts/services-networking/network-policies/";

    internal static async Task RunAsync(CheckSteps steps, KubeClient client, ClusterQuestion question, CancellationToken cancellation)
    {
        var policies = await client.ListAsync($"apis/networking.k8s.io/v1/namespaces/{question.Sessions}/networkpolicies", "", cancellation);
        if (!steps.MaySee(Id, policies.Error, $"the NetworkPolicies of namespace {question.Sessions}"))
            return;
        var ingress = policies.Items.Where(policy => Has(policy, "Ingress")).ToList();
        if (policies.Items.Count == 0 || !policies.Items.Any(policy => Has(policy, "Egress")))
        {
            steps.Found(Id, new Verdict("CLUSTER-NO-NETWORK-POLICY", Severity.Warning, $"Pods of sessions may talk to everybody: no NetworkPolicy of {question.Sessions} bounds their egress.",
                $"{policies.Items.Count} policies", "What users run there reaches the cloud's metadata (169.254.169.254, with credentials), the API server, the other sessions, and all else inside.", "None, until it happens.",
                "kubectl apply -f deploy/kubernetes/network.yaml. It needs a network plugin that enforces policies (Calico, Cilium, the clouds' own when switched on).", Source));
        }
        else if (ingress.Count > 0 && !question.LegacyExec && !ingress.Any(policy => LetsIn(policy, question.AgentPort)))
        {
            steps.Found(Id, new Verdict("CLUSTER-POLICY-SHUTS-AGENT", Severity.Error, $"No NetworkPolicy of {question.Sessions} lets the gateways in on port {question.AgentPort}.",
                string.Join(", ", ingress.Select(PodNames.NameOf)), "Where one policy bounds ingress, only what some policy names comes in.", "Sessions are `running`, and clients are closed with backend_unreachable.",
                $"Apply `gateway-to-agent` of deploy/kubernetes/network.yaml: ingress from the pods of the gateways, TCP {question.AgentPort}.", Source));
        }
        else
        {
            steps.Good(Id, $"{string.Join(", ", policies.Items.Select(PodNames.NameOf))}; whether they are enforced only a try tells");
        }
    }

    /// <summary>Without policyTypes it is Ingress, and Egress where there is a rule for it.</summary>
    private static bool Has(JsonObject policy, string type) => policy.At("spec", "policyTypes") is JsonArray types
        ? types.Any(one => one.Text() == type)
        : type == "Ingress" || policy.At("spec", "egress") is not null;

    private static bool LetsIn(JsonObject policy, int port) => policy.Items("spec", "ingress").Any(rule =>
        rule["ports"] is not JsonArray { Count: > 0 } || rule.Items("ports").Any(one => one["port"] is null || one["port"].Text() is not null || Covers(one, port)));

    private static bool Covers(JsonObject rule, int port) => rule.Number("endPort") is { } end ? rule.Number("port") <= port && port <= end : rule.Number("port") == port;
}
