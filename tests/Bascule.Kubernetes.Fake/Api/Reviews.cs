using System.Text.Json.Nodes;

namespace Bascule.Kubernetes.Fake;

/// <summary>Answers what <c>kubectl auth can-i</c> asks.</summary>
internal static class Reviews
{
    internal static JsonObject Answer(Callers callers, Caller caller, ResourceKind kind, JsonObject review)
    {
        var answer = review.Copy();
        answer["status"] = kind.Plural == "selfsubjectaccessreviews" ? Access(callers, caller, review["spec"].At("resourceAttributes")) : new JsonObject
        {
            ["resourceRules"] = new JsonArray(), ["nonResourceRules"] = new JsonArray(), ["incomplete"] = true,
        };
        return answer;
    }

    private static JsonObject Access(Callers callers, Caller caller, JsonNode? asked)
    {
        var resource = asked.Text("resource") ?? "";
        if (asked.Text("subresource") is { Length: > 0 } subresource)
            resource = $"{resource}/{subresource}";
        var space = asked.Text("namespace") is { Length: > 0 } given ? given : null;
        return new JsonObject { ["allowed"] = callers.May(caller, asked.Text("verb") ?? "", asked.Text("group") ?? "", resource, space, asked.Text("name")) };
    }
}
