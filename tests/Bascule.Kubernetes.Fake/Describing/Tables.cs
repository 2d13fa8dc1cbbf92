using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Bascule.Kubernetes.Fake;

/// <summary>Answers as tables, from which <c>kubectl get</c> prints its columns.</summary>
internal static class Tables
{
    private sealed record Column(string Name, Func<JsonObject, DateTimeOffset, JsonNode?> Cell, int Priority = 0, string Type = "string");

    private static readonly Column NameColumn = new("Name", (one, _) => one.Text("metadata", "name"));

    private static readonly Column AgeColumn = new("Age", (one, now) => Age(one.Text("metadata", "creationTimestamp"), now));

    private static readonly Dictionary<string, Column[]> Special = new(StringComparer.Ordinal)
    {
        ["pods"] =
        [
            NameColumn,
            new("Ready", (pod, _) => $"{pod.Items("status", "containerStatuses").Count(one => one.Flag("ready") == true)}/{pod.Items("spec", "containers").Count()}"),
            new("Status", (pod, _) => PodStatus(pod)),
            new("Restarts", (_, _) => "0"),
            AgeColumn,
            new("IP", (pod, _) => pod.Text("status", "podIP") ?? "<none>", 1),
            new("Node", (pod, _) => pod.Text("spec", "nodeName") ?? "<none>", 1),
            new("Nominated Node", (_, _) => "<none>", 1),
            new("Readiness Gates", (_, _) => "<none>", 1),
        ],
        ["namespaces"] = [NameColumn, new("Status", (one, _) => one.Text("status", "phase")), AgeColumn],
        ["events"] =
        [
            new("Last Seen", (one, now) => Age(one.Text("lastTimestamp"), now)),
            new("Type", (one, _) => one.Text("type")),
            new("Reason", (one, _) => one.Text("reason")),
            new("Object", (one, _) => $"{one.Text("involvedObject", "kind")?.ToLowerInvariant()}/{one.Text("involvedObject", "name")}"),
            new("Message", (one, _) => one.Text("message")),
        ],
    };

    internal static bool IsWanted(HttpRequest request) => request.Headers.Accept.ToString().Contains("as=Table", StringComparison.Ordinal);

    internal static JsonObject Of(ResourceKind kind, IEnumerable<JsonObject> objects, string version, HttpRequest request, DateTimeOffset now, bool withColumns = true)
    {
        var columns = Special.GetValueOrDefault(kind.Plural) ?? [NameColumn, AgeColumn];
        var isWhole = request.Query["includeObject"] == "Object";
        return new JsonObject
        {
            ["kind"] = "Table",
            ["apiVersion"] = "meta.k8s.io/v1",
            ["metadata"] = new JsonObject { ["resourceVersion"] = version },
            ["columnDefinitions"] = withColumns ? new JsonArray([.. columns.Select(Definition)]) : null,
            ["rows"] = new JsonArray([.. objects.Select(one => new JsonObject
            {
                ["cells"] = new JsonArray([.. columns.Select(column => column.Cell(one, now))]),
                ["object"] = isWhole ? one.DeepClone() : Partial(one),
            })]),
        };
    }

    private static JsonObject Definition(Column column) => new()
    {
        ["name"] = column.Name,
        ["type"] = column.Type,
        ["format"] = column.Name == "Name" ? "name" : "",
        ["description"] = column.Name,
        ["priority"] = column.Priority,
    };

    private static JsonObject Partial(JsonObject one) =>
        new() { ["kind"] = "PartialObjectMetadata", ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = one["metadata"]?.DeepClone() };

    private static string PodStatus(JsonObject pod)
    {
        if (pod.Text("metadata", "deletionTimestamp") is not null)
            return "Terminating";
        var container = pod.Items("status", "containerStatuses").FirstOrDefault();
        return container.Text("state", "waiting", "reason") ?? container.Text("state", "terminated", "reason")
            ?? pod.Text("status", "reason") ?? pod.Text("status", "phase") ?? "Unknown";
    }

    private static string Age(string? since, DateTimeOffset now)
    {
        if (!DateTimeOffset.TryParse(since, CultureInfo.InvariantCulture, out var at))
            return "<unknown>";
        var age = now - at;
        return age.TotalMinutes < 2 ? $"{Math.Max(0, (int)age.TotalSeconds)}s" : age.TotalHours < 3 ? $"{(int)age.TotalMinutes}m" : $"{(int)age.TotalHours}h";
    }
}
