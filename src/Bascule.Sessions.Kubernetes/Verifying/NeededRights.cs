using Bascule.Diagnostics;

namespace Bascule.Sessions.Kubernetes;

/// <summary>One right that the gateway needs.</summary>
/// <param name="Group">Of the API; empty for the core.</param>
/// <param name="Subresource">Null: none.</param>
/// <param name="Name">Of the one object; null: all.</param>
/// <param name="Loss">What does not work without it.</param>
internal sealed record NeededRight(string Namespace, string Group, string Resource, string? Subresource, string Verb, string Loss, string? Name = null, Severity Severity = Severity.Error)
{
    internal string Id => $"right-{Verb}-{Whole.Replace('/', '-')}";

    /// <summary>As in rules.</summary>
    internal string Whole => Subresource is null ? Resource : $"{Resource}/{Subresource}";

    /// <summary>The line of a Role that gives it.</summary>
    internal string RoleLine =>
        $"- {{ apiGroups: [\"{Group}\"], resources: [{Whole}], {(Name is null ? "" : $"resourceNames: [{Name}], ")}verbs: [{Verb}] }}";
}

/// <summary>What is needed of deploy/kubernetes/accounts.yaml, and why.</summary>
internal static class NeededRights
{
    internal static IEnumerable<NeededRight> Of(ClusterQuestion question)
    {
        var sessions = question.Sessions;
        yield return new(sessions, "", "pods", null, "create", "No session can be started.");
        yield return new(sessions, "", "pods", null, "get", "Results cannot be fetched, and a creation whose answer was lost is not found again.");
        yield return new(sessions, "", "pods", null, "list", "No pod is ever seen to run; pods that nobody needs are not swept.");
        yield return new(sessions, "", "pods", null, "watch", "No pod is ever seen to run: sessions stay at `starting` and end with start_timeout.");
        yield return new(sessions, "", "pods", null, "delete", "Pods stay when their session is over, until their deadline.");
        yield return new(sessions, "", "events", null, "list", "Why a pod does not start is told without the text of Kubernetes.", Severity: Severity.Warning);
        if (question.Owner is { } owner)
        {
            var group = owner.ApiVersion.Contains('/') ? owner.ApiVersion.Split('/')[0] : "";
            yield return new(sessions, group, owner.Plural, null, "get", "The owner of the pods is not found, and no session can be started.", owner.Name);
        }

        if (question.LegacyExec)
        {
            yield return new(sessions, "", "pods", "exec", "create", "Clients of pods without an agent are refused (Kubernetes from 1.35 on asks for it).");
            yield return new(sessions, "", "pods", "exec", "get", "Clients of pods without an agent are refused: a WebSocket is a GET.");
        }

        yield return new(question.Gateways!, "discovery.k8s.io", "endpointslices", null, "list", "What stands behind the Service cannot be looked at, by this check least of all.", Severity: Severity.Info);
    }
}
