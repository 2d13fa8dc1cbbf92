using System.Text.Json.Nodes;
using Bascule.Diagnostics;

namespace Bascule.Sessions.Kubernetes;

/// <summary>Asks the API server for each right that is needed. Any user may ask that of himself.</summary>
internal static class RightSteps
{
    /// <returns>Why not one of the rights was told; null where some were.</returns>
    internal static async Task<KubeError?> RunAsync(CheckSteps steps, KubeClient client, ClusterQuestion question, CancellationToken cancellation)
    {
        var isAnyTold = false;
        KubeError? refusal = null;
        foreach (var right in NeededRights.Of(question))
        {
            var answer = await client.CreateAsync("apis/authorization.k8s.io/v1/selfsubjectaccessreviews", Review(right), cancellation);
            if (!steps.MaySee(right.Id, answer.Error, "their own rights (create selfsubjectaccessreviews)"))
            {
                refusal = answer.Error;
                continue;
            }

            isAnyTold = true;
            if (answer.Found.Flag("status", "allowed") == true)
                steps.Good(right.Id, answer.Found.Text("status", "reason") is { Length: > 0 } reason ? reason : $"allowed in {right.Namespace}");
            else
                steps.Found(right.Id, Missing(right, answer.Found!));
        }

        return isAnyTold ? null : refusal;
    }

    private static Verdict Missing(NeededRight right, JsonObject answer)
    {
        var why = answer.Text("status", "reason") ?? answer.Text("status", "evaluationError");
        return new Verdict(
            "CLUSTER-RIGHT-MISSING", right.Severity,
            $"These credentials may not {right.Verb} {right.Whole} in namespace {right.Namespace}.",
            $"SelfSubjectAccessReview: allowed false{(string.IsNullOrEmpty(why) ? "" : $" ({why})")}",
            right.Loss, right.Severity == Severity.Error ? "Sessions end with runner_denied, or hang at `starting`." : "Less is told than could be.",
            $"Add to a Role in namespace {right.Namespace} that is bound to the gateway's service account: {right.RoleLine}  deploy/kubernetes/accounts.yaml has all of them.",
            "https://kubernetes.io/docs/reference/access-authn-authz/rbac/");
    }

    private static JsonObject Review(NeededRight right)
    {
        var attributes = new JsonObject { ["namespace"] = right.Namespace, ["verb"] = right.Verb, ["group"] = right.Group, ["resource"] = right.Resource };
        if (right.Subresource is { } subresource)
            attributes["subresource"] = subresource;
        if (right.Name is { } name)
            attributes["name"] = name;
        return new JsonObject { ["apiVersion"] = "authorization.k8s.io/v1", ["kind"] = "SelfSubjectAccessReview", ["spec"] = new JsonObject { ["resourceAttributes"] = attributes } };
    }
}
