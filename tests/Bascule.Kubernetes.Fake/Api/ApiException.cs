using System.Text.Json.Nodes;

namespace Bascule.Kubernetes.Fake;

/// <summary>A request that is answered with a Status object.</summary>
public sealed class ApiException(int code, string reason, string message) : Exception(message)
{
    public int Code { get; } = code;

    public string Reason { get; } = reason;

    public JsonObject Details { get; init; } = [];

    public TimeSpan? RetryAfter { get; init; }

    public static ApiException BadRequest(string message) => new(400, "BadRequest", message);

    public static ApiException NotFound(ResourceKind kind, string name) => new(404, "NotFound", $"{kind.Plural}{Dotted(kind)} \"{name}\" not found")
    {
        Details = new JsonObject { ["name"] = name, ["group"] = kind.Group, ["kind"] = kind.Plural },
    };

    public static ApiException AlreadyExists(ResourceKind kind, string name) => new(409, "AlreadyExists", $"{kind.Plural}{Dotted(kind)} \"{name}\" already exists")
    {
        Details = new JsonObject { ["name"] = name, ["group"] = kind.Group, ["kind"] = kind.Plural },
    };

    public static ApiException Conflict(ResourceKind kind, string name, string why) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {kind.Plural}{Dotted(kind)} \"{name}\": {why}");

    public static ApiException Forbidden(ResourceKind kind, string? name, string why) =>
        new(403, "Forbidden", $"{kind.Plural}{Dotted(kind)}{(name is null ? "" : $" \"{name}\"")} is forbidden: {why}")
        {
            Details = new JsonObject { ["name"] = name, ["group"] = kind.Group, ["kind"] = kind.Plural },
        };

    public static ApiException Expired() => new(410, "Expired", "The resourceVersion for the provided watch is too old.");

    /// <param name="causes">Reason, field and text of each.</param>
    public static ApiException Invalid(ResourceKind kind, string name, IReadOnlyList<(string Reason, string Field, string Message)> causes)
    {
        var told = string.Join(", ", causes.Select(cause => $"{cause.Field}: {cause.Message}"));
        return new ApiException(422, "Invalid", $"{kind.Kind}{Dotted(kind)} \"{name}\" is invalid: {(causes.Count > 1 ? $"[{told}]" : told)}")
        {
            Details = new JsonObject
            {
                ["name"] = name,
                ["group"] = kind.Group,
                ["kind"] = kind.Kind,
                ["causes"] = new JsonArray([.. causes.Select(cause => new JsonObject { ["reason"] = cause.Reason, ["message"] = cause.Message, ["field"] = cause.Field })]),
            },
        };
    }

    public JsonObject ToStatus() => new()
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject(),
        ["status"] = "Failure",
        ["message"] = Message,
        ["reason"] = Reason,
        ["details"] = Details.DeepClone(),
        ["code"] = Code,
    };

    private static string Dotted(ResourceKind kind) => kind.Group.Length == 0 ? "" : "." + kind.Group;
}
