using System.Text.Json.Nodes;
using Bascule.Diagnostics;

namespace Bascule.Sessions.Kubernetes;

/// <summary>The pods: those of the gateways, and those of sessions.</summary>
internal static class PodSteps
{
    // More are counted, not named.
    private const int MostNamed = 3;

    /// <summary>By the selector of the Service; empty when they cannot be seen.</summary>
    internal static async Task<IReadOnlyList<JsonObject>> GatewaysAsync(CheckSteps steps, KubeClient client, ClusterQuestion question, CancellationToken cancellation)
    {
        const string id = "gateway-pods";
        var pods = await client.ListAsync($"api/v1/namespaces/{question.Gateways}/pods", $"labelSelector={Uri.EscapeDataString("app.kubernetes.io/name=bascule")}", cancellation);
        if (!steps.MaySee(id, pods.Error, $"the pods of namespace {question.Gateways}"))
            return [];
        var living = pods.Items.Where(pod => PodEnd.Of(pod) is null).ToList();
        var waiting = living.Where(pod => PodSight.Of(pod).Address is null).ToList();
        if (living.Count == 0)
        {
            steps.Found(id, new Verdict("CLUSTER-NO-GATEWAY-PODS", Severity.Error, $"No gateway runs in namespace {question.Gateways}.", "no pod has the label app.kubernetes.io/name=bascule",
                "The Service has nowhere to lead to.", "Clients get 502 or 503 from whatever stands before it, or their connection is refused.",
                $"kubectl -n {question.Gateways} get deployments,pods: is there a Deployment, and why does it make no pods (quota, image, Pod Security)? Is the gateway in another namespace (--gateway-namespace)?", ""));
        }
        else if (waiting.Count > 0)
        {
            var isAll = waiting.Count == living.Count;
            steps.Found(id, new Verdict("CLUSTER-GATEWAY-NOT-READY", isAll ? Severity.Error : Severity.Warning, $"{waiting.Count} of {living.Count} gateways are not ready.", Named(waiting),
                "A pod that is not ready gets no connections from its Service.", isAll ? "Clients get 502 or 503, or their connection is refused." : "The others carry all connections.",
                $"kubectl -n {question.Gateways} describe pod {PodNames.NameOf(waiting[0])}; kubectl -n {question.Gateways} logs {PodNames.NameOf(waiting[0])}", ""));
        }
        else
        {
            steps.Good(id, $"{living.Count} ready");
        }

        return living;
    }

    internal static async Task<IReadOnlyList<JsonObject>> SessionsAsync(CheckSteps steps, KubeClient client, ClusterQuestion question, CancellationToken cancellation)
    {
        const string id = "session-pods";
        var pods = await client.ListAsync($"api/v1/namespaces/{question.Sessions}/pods", $"labelSelector={Uri.EscapeDataString($"{PodNames.ManagedBy}={PodNames.Us}")}", cancellation);
        if (!steps.MaySee(id, pods.Error, $"the pods of namespace {question.Sessions}"))
            return [];
        var living = pods.Items.Where(pod => PodEnd.Of(pod) is null).ToList();
        var stuck = living.Where(pod => PodSight.Of(pod).Trouble is not null).ToList();
        if (stuck.Count == 0)
        {
            steps.Good(id, $"{living.Count(pod => PodSight.Of(pod).Address is not null)} ready, {living.Count} in all");
            return living;
        }

        steps.Found(id, new Verdict("CLUSTER-SESSION-PODS-STUCK", Severity.Warning, $"{stuck.Count} of {living.Count} pods of sessions cannot start.", Named(stuck),
            "Kubernetes says what it waits for.", "Their users see `starting` with this text, then the session ends with it.",
            $"Mend what is named; kubectl -n {question.Sessions} describe pod {PodNames.NameOf(stuck[0])} has the events.", ""));
        return living;
    }

    private static string Named(List<JsonObject> pods) =>
        string.Join("; ", pods.Take(MostNamed).Select(pod => $"{PodNames.NameOf(pod)}: {PodSight.Of(pod).Progress}")) + (pods.Count > MostNamed ? $"; and {pods.Count - MostNamed} more" : "");
}
