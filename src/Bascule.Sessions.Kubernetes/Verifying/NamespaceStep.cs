using Bascule.Diagnostics;

namespace Bascule.Sessions.Kubernetes;

/// <summary>The namespace of the pods.</summary>
internal static class NamespaceStep
{
    internal static async Task RunAsync(CheckSteps steps, KubeClient client, ClusterQuestion question, CancellationToken cancellation)
    {
        var answer = await client.GetAsync($"api/v1/namespaces/{question.Sessions}", cancellation);
        if (answer.Error is { Status: 404 })
        {
            steps.Found("namespace", new Verdict("CLUSTER-NO-NAMESPACE", Severity.Error, $"There is no namespace {question.Sessions}.", answer.Error.Message,
                "The pods of sessions are to go there.", "Each new session ends with start_failed.",
                "kubectl apply -k deploy/kubernetes, or set sessions.kubernetes.namespace (here: --namespace) to the one that there is.", ""));
            return;
        }

        if (!steps.MaySee("namespace", answer.Error, $"namespace {question.Sessions}"))
            return;
        var phase = answer.Found.Text("status", "phase") ?? "Active";
        if (phase == "Active")
            steps.Good("namespace", $"{question.Sessions} is there");
        else
            steps.Found("namespace", new Verdict("CLUSTER-NAMESPACE-GOING", Severity.Error, $"Namespace {question.Sessions} is being deleted.", $"phase {phase}",
                "Kubernetes makes nothing new in it.", "Each new session ends with pod_rejected.", $"Wait until it is gone, then kubectl apply -k deploy/kubernetes. If it stays: kubectl get namespace {question.Sessions} -o yaml says what holds it.", ""));
    }
}
