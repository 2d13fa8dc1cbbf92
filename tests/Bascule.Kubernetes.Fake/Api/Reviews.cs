using System.Text.Json.Nodes;

namespace Bascule.Kubernetes.Fake;

/// <summary>Answers what <c>kubectl auth can-i</c> and <c>whoami</c> ask.</summary>
internal static class Reviews
{
    internal static JsonObject Answer(Callers callers, Caller caller, ResourceKind kind, JsonObject review)
    {
        var answer = review.Copy();
        answer["kind"] = kind.Kind;
        answer["apiVersion"] = kind.GroupVersion;
        answer["status"] = kind.Plural switch
        {
            "selfsubjectaccessreviews" => Access(callers, caller, review["spec"].At("resourceAttributes")),
            "selfsubjectreviews" => new JsonObject { ["userInfo"] = WhoIs(caller) },
            _ => Rules(callers, caller, review.Text("spec", "namespace")),
        };
        return answer;
    }

    private static JsonObject Access(Callers callers, Caller caller, JsonNode? asked)
    {
        var resource = asked.Text("resource") ?? "";
        if (asked.Text("subresource") is { Length: > 0 } subresource)
            resource = $"{resource}/{subresource}";
        var space = asked.Text("namespace") is { Length: > 0 } given ? given : null;
        var name = asked.Text("name") is { Length: > 0 } one ? one : null;
        var (verb, group) = (asked.Text("verb") ?? "", asked.Text("group") ?? "");
        var status = new JsonObject { ["allowed"] = callers.May(caller, verb, group, resource, space, name) };
        if (callers.RuleFor(caller, verb, group, resource, space, name) is { } reason)
            status["reason"] = reason;
        return status;
    }

    private static JsonObject WhoIs(Caller caller)
    {
        string[] groups = caller.AccountNamespace is { } space
            ? ["system:serviceaccounts", $"system:serviceaccounts:{space}", "system:authenticated"]
            : [.. caller.IsAdmin ? ["system:masters"] : Array.Empty<string>(), "system:authenticated"];
        return new JsonObject { ["username"] = caller.Name, ["groups"] = new JsonArray([.. groups.Select(group => (JsonNode?)group)]) };
    }

    private static JsonObject Rules(Callers callers, Caller caller, string? space)
    {
        var rules = caller.IsAdmin
            ? [new JsonObject { ["verbs"] = new JsonArray("*"), ["apiGroups"] = new JsonArray("*"), ["resources"] = new JsonArray("*") }]
            : callers.RulesFor(caller, space).Select(given => given.Rule.Copy());
        return new JsonObject { ["resourceRules"] = new JsonArray([.. rules]), ["nonResourceRules"] = new JsonArray(), ["incomplete"] = false };
    }
}
