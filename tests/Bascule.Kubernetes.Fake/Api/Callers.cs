using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Bascule.Kubernetes.Fake;

/// <summary>Who asks.</summary>
internal sealed record Caller(string Name, bool IsAdmin)
{
    internal string? AccountNamespace => Name.Split(':') is ["system", "serviceaccount", var space, _] ? space : null;

    internal string? AccountName => Name.Split(':') is ["system", "serviceaccount", _, var account] ? account : null;
}

/// <summary>Knows callers by token or client certificate, and what they may do by the Roles and bindings that are stored.</summary>
internal sealed class Callers(ObjectStore store)
{
    private const string AdminGroup = "system:masters";

    private readonly ConcurrentDictionary<string, Caller> _tokens = new(StringComparer.Ordinal);

    internal string NewToken(string user, bool isAdmin)
    {
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        _tokens[token] = new Caller(user, isAdmin);
        return token;
    }

    internal void Revoke(string token) => _tokens.TryRemove(token, out _);

    /// <exception cref="ApiException">Nobody we know.</exception>
    internal Caller Of(HttpContext context)
    {
        if (context.Connection.ClientCertificate is { } certificate)
            return new Caller(certificate.GetNameInfo(System.Security.Cryptography.X509Certificates.X509NameType.SimpleName, false), certificate.Subject.Contains(AdminGroup, StringComparison.Ordinal));
        var header = context.Request.Headers.Authorization.ToString();
        if (header.StartsWith("Bearer ", StringComparison.Ordinal) && _tokens.TryGetValue(header[7..].Trim(), out var caller))
            return caller;
        throw new ApiException(401, "Unauthorized", "Unauthorized");
    }

    /// <exception cref="ApiException">No rule lets the caller do it.</exception>
    internal void Check(Caller caller, ApiRequest request, string? verb = null)
    {
        verb ??= request.Verb;
        if (May(caller, verb, request.Kind.Group, request.Resource, request.Namespace, request.Name))
            return;
        var where = request.Namespace is null ? "at the cluster scope" : $"in the namespace \"{request.Namespace}\"";
        throw ApiException.Forbidden(
            request.Kind, request.Name, $"User \"{caller.Name}\" cannot {verb} resource \"{request.Resource}\" in API group \"{request.Kind.Group}\" {where}");
    }

    internal bool May(Caller caller, string verb, string group, string resource, string? space, string? name) =>
        caller.IsAdmin || resource.StartsWith("selfsubject", StringComparison.Ordinal) || RuleFor(caller, verb, group, resource, space, name) is not null;

    /// <summary>What lets the caller do it, as the API server tells it; null: nothing does.</summary>
    internal string? RuleFor(Caller caller, string verb, string group, string resource, string? space, string? name) => RulesFor(caller, space)
        .Where(given => Has(given.Rule, "verbs", verb) && Has(given.Rule, "apiGroups", group) && HasResource(given.Rule, resource)
            && (given.Rule["resourceNames"] is not JsonArray { Count: > 0 } || given.Rule.Texts("resourceNames").Contains(name)))
        .Select(given => $"RBAC: allowed by {given.Binding.Text("kind")} \"{given.Binding.Text("metadata", "name")}{(given.Binding.Text("metadata", "namespace") is { } own ? "/" + own : "")}\" "
            + $"of {given.Binding.Text("roleRef", "kind")} \"{given.Binding.Text("roleRef", "name")}\" to {(caller.AccountName is { } account ? $"ServiceAccount \"{account}/{caller.AccountNamespace}\"" : $"User \"{caller.Name}\"")}")
        .FirstOrDefault();

    /// <summary>All rules that hold for the caller in a namespace; null: in the whole cluster.</summary>
    internal IEnumerable<(JsonObject Binding, JsonObject Rule)> RulesFor(Caller caller, string? space)
    {
        var bindings = store.List(ResourceKind.Named("clusterrolebindings"), null).Objects.AsEnumerable();
        if (space is not null)
            bindings = bindings.Concat(store.List(ResourceKind.Named("rolebindings"), space).Objects);
        foreach (var binding in bindings.Where(binding => binding.Items("subjects").Any(subject => Is(caller, subject, binding))))
        {
            var role = binding.Text("roleRef", "kind") == "Role"
                ? store.Find(ResourceKind.Named("roles"), binding.Text("metadata", "namespace") ?? "", binding.Text("roleRef", "name") ?? "")
                : store.Find(ResourceKind.Named("clusterroles"), "", binding.Text("roleRef", "name") ?? "");
            foreach (var rule in role.Items("rules"))
                yield return (binding, rule);
        }
    }

    private static bool Is(Caller caller, JsonObject subject, JsonObject binding) => subject.Text("kind") == "ServiceAccount"
        ? caller.AccountName == subject.Text("name") && caller.AccountNamespace == (subject.Text("namespace") ?? binding.Text("metadata", "namespace"))
        : caller.Name == subject.Text("name");

    /// <summary><c>*/exec</c> is the subresource of everything.</summary>
    private static bool HasResource(JsonObject rule, string resource) =>
        Has(rule, "resources", resource) || (resource.Split('/') is [_, var sub] && rule.Texts("resources").Contains("*/" + sub));

    private static bool Has(JsonObject rule, string list, string wanted) => rule.Texts(list).Any(one => one == "*" || one == wanted);
}
