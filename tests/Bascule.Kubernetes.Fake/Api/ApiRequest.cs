using Microsoft.AspNetCore.Http;

namespace Bascule.Kubernetes.Fake;

/// <summary>A request for a resource, read from its path.</summary>
internal sealed record ApiRequest(ResourceKind Kind, string? Namespace, string? Name, string? Subresource, string Verb)
{
    /// <summary>As in rules: <c>pods/exec</c>.</summary>
    internal string Resource => Subresource is null ? Kind.Plural : $"{Kind.Plural}/{Subresource}";

    /// <summary>Where its objects are stored.</summary>
    internal string Space => Namespace ?? "";

    /// <exception cref="ApiException">There is no such resource.</exception>
    internal static ApiRequest Read(HttpRequest request)
    {
        var parts = request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var (group, version, rest) = parts switch
        {
            ["api", var v, .. var tail] => ("", v, tail),
            ["apis", var g, var v, .. var tail] => (g, v, tail),
            _ => throw Unknown(),
        };
        string? space = null;
        if (rest is ["namespaces", var given, not "status" and not "finalize", ..])
            (space, rest) = (given, rest[2..]);
        if (rest is not [var plural, ..] || rest.Length > 3)
            throw Unknown();
        var kind = ResourceKind.All.FirstOrDefault(k => k.Group == group && k.Version == version && k.Plural == plural) ?? throw Unknown();
        var name = rest.Length > 1 ? rest[1] : null;
        var subresource = rest.Length > 2 ? rest[2] : null;
        if (subresource is not null && !kind.Subresources.Split(',').Contains(subresource))
            throw Unknown();
        return new ApiRequest(kind, space, name, subresource, VerbOf(request, name));
    }

    private static ApiException Unknown() => new(404, "NotFound", "the server could not find the requested resource");

    private static string VerbOf(HttpRequest request, string? name) => request.Method switch
    {
        "GET" or "HEAD" when name is not null => "get",
        "GET" or "HEAD" => request.Query["watch"].ToString() is "1" or "true" ? "watch" : "list",
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" => name is null ? "deletecollection" : "delete",
        _ => throw new ApiException(405, "MethodNotAllowed", "the server does not allow this method on the requested resource"),
    };
}
