using System.Text.Json.Nodes;

namespace Bascule.Kubernetes.Fake;

/// <summary>Says what the server has: groups, resources, version, and as much OpenAPI as kubectl asks for.</summary>
internal static class Discovery
{
    // `swagger: "2.0"` and an empty title and version, in the protobuf form of the OpenAPI v2 document.
    private static readonly byte[] EmptySwagger = [0x0a, 0x03, (byte)'2', (byte)'.', (byte)'0', 0x12, 0x06, 0x0a, 0x01, (byte)'k', 0x12, 0x01, (byte)'1'];

    private static readonly string[] Verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    internal const string SwaggerType = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

    internal static byte[] Swagger => EmptySwagger;

    /// <summary>Null: no such document.</summary>
    internal static JsonObject? Find(string path, string serverVersion) => path.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
    {
        ["version"] => Version(serverVersion),
        ["api"] => new JsonObject { ["kind"] = "APIVersions", ["versions"] = new JsonArray("v1"), ["serverAddressByClientCIDRs"] = new JsonArray() },
        ["apis"] => new JsonObject { ["kind"] = "APIGroupList", ["apiVersion"] = "v1", ["groups"] = new JsonArray([.. Groups().Select(Group)]) },
        ["api", "v1"] => Resources("", "v1"),
        ["apis", var group] when Groups().Contains(group) => Group(group),
        ["apis", var group, var version] => Resources(group, version),
        ["openapi", "v3"] => new JsonObject { ["paths"] = new JsonObject(GroupVersions().Select(gv => KeyValuePair.Create<string, JsonNode?>(gv, new JsonObject { ["serverRelativeURL"] = $"/openapi/v3/{gv}" }))) },
        ["openapi", "v3", .. var rest] when GroupVersions().Contains(string.Join('/', rest)) => OpenApi(string.Join('/', rest)),
        _ => null,
    };

    private static JsonObject Version(string version)
    {
        var parts = version.TrimStart('v').Split('.');
        return new JsonObject
        {
            ["major"] = parts[0], ["minor"] = parts[1], ["gitVersion"] = version, ["gitCommit"] = "fake", ["gitTreeState"] = "clean",
            ["buildDate"] = "2025-01-01T00:00:00Z", ["goVersion"] = "none", ["compiler"] = "none", ["platform"] = "linux/amd64",
        };
    }

    private static IEnumerable<string> Groups() => ResourceKind.All.Select(kind => kind.Group).Where(group => group.Length > 0).Distinct();

    private static IEnumerable<string> GroupVersions() => ResourceKind.All.Select(PrefixOf).Distinct();

    private static string PrefixOf(ResourceKind kind) => kind.Group.Length == 0 ? $"api/{kind.Version}" : $"apis/{kind.GroupVersion}";

    private static JsonObject Group(string group)
    {
        var version = ResourceKind.All.First(kind => kind.Group == group).Version;
        JsonObject Of() => new() { ["groupVersion"] = $"{group}/{version}", ["version"] = version };
        return new JsonObject { ["kind"] = "APIGroup", ["apiVersion"] = "v1", ["name"] = group, ["versions"] = new JsonArray(Of()), ["preferredVersion"] = Of() };
    }

    private static JsonObject? Resources(string group, string version)
    {
        var kinds = ResourceKind.All.Where(kind => kind.Group == group && kind.Version == version).ToList();
        if (kinds.Count == 0)
            return null;
        return new JsonObject
        {
            ["kind"] = "APIResourceList",
            ["apiVersion"] = "v1",
            ["groupVersion"] = kinds[0].GroupVersion,
            ["resources"] = new JsonArray([.. kinds.SelectMany(Entries)]),
        };
    }

    private static IEnumerable<JsonObject> Entries(ResourceKind kind)
    {
        var entry = new JsonObject
        {
            ["name"] = kind.Plural,
            ["singularName"] = kind.Kind.ToLowerInvariant(),
            ["namespaced"] = kind.IsNamespaced,
            ["kind"] = kind.Kind,
            ["verbs"] = Texts(kind.IsReview ? ["create"] : Verbs),
        };
        if (kind.Alias.Length > 0)
            entry["shortNames"] = new JsonArray(kind.Alias);
        if (kind.Plural == "pods")
            entry["categories"] = new JsonArray("all");
        yield return entry;
        foreach (var subresource in kind.Subresources.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var subKind = subresource switch { "exec" => "PodExecOptions", "attach" => "PodAttachOptions", _ => kind.Kind };
            string[] verbs = subresource is "exec" or "attach" ? ["create", "get"] : ["get", "patch", "update"];
            yield return new JsonObject { ["name"] = $"{kind.Plural}/{subresource}", ["singularName"] = "", ["namespaced"] = kind.IsNamespaced, ["kind"] = subKind, ["verbs"] = Texts(verbs) };
        }
    }

    /// <summary>Only what kubectl looks for: that PATCH of each kind takes <c>fieldValidation</c>, so that it leaves the validation to the server.</summary>
    private static JsonObject OpenApi(string groupVersion)
    {
        var paths = new JsonObject();
        foreach (var kind in ResourceKind.All.Where(kind => PrefixOf(kind) == groupVersion))
        {
            paths[$"/{groupVersion}/{(kind.IsNamespaced ? "namespaces/{namespace}/" : "")}{kind.Plural}/{{name}}"] = new JsonObject
            {
                ["patch"] = new JsonObject
                {
                    ["operationId"] = $"patch{kind.Kind}",
                    ["parameters"] = new JsonArray([.. ((string[])["dryRun", "fieldManager", "fieldValidation", "force"])
                        .Select(name => new JsonObject { ["name"] = name, ["in"] = "query", ["schema"] = new JsonObject { ["type"] = "string", ["uniqueItems"] = true } })]),
                    ["responses"] = new JsonObject { ["200"] = new JsonObject { ["description"] = "OK" } },
                    ["x-kubernetes-action"] = "patch",
                    ["x-kubernetes-group-version-kind"] = new JsonObject { ["group"] = kind.Group, ["kind"] = kind.Kind, ["version"] = kind.Version },
                },
            };
        }

        return new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = "fake" },
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = new JsonObject() },
        };
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode?)text)]);
}
