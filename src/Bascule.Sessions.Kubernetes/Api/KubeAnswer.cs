using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bascule.Sessions.Kubernetes;

/// <summary>What the API server has against a request, or why it could not be asked.</summary>
/// <param name="Status">Of HTTP; 0: no answer came.</param>
/// <param name="Reason">Of the API's Status object, for example <c>AlreadyExists</c>; empty when it gave none.</param>
/// <param name="Message">Of the API's Status object, or what happened on the way.</param>
/// <param name="Causes">Fields that were found wrong, each with its text.</param>
/// <param name="RetryAfter">When the server wants to be asked again.</param>
public sealed record KubeError(int Status, string Reason, string Message, IReadOnlyList<string> Causes, TimeSpan? RetryAfter = null)
{
    // Longer texts are cut: they go into records and onto pages.
    private const int LongestText = 1000;

    /// <summary>The server could not be reached, or said nothing in time.</summary>
    public static KubeError Unreached(string message) => new(0, "", Cut(message), []);

    /// <summary>What was asked for begins before the history that the server keeps: list again.</summary>
    public bool IsGone => Status == 410 || Reason is "Expired" or "Gone";

    /// <summary>Whether the same request may succeed later without anybody's help.</summary>
    public bool IsPassing => Status is 0 or 429 or >= 500;

    public override string ToString() => Status == 0 ? Message : $"{Status} {Reason}: {Message}";

    /// <summary>Reads an answer's body: a Status object, or whatever a proxy in between wrote.</summary>
    internal static KubeError Of(int status, string body, TimeSpan? retryAfter)
    {
        var read = Parse(body);
        if (read.Text("kind") != "Status")
            return new KubeError(status, "", Cut(body.Length == 0 ? "no text" : body), [], retryAfter);
        return OfStatus(read!, status, retryAfter);
    }

    /// <summary>Reads a Status object, as a body or as the object of an ERROR event.</summary>
    internal static KubeError OfStatus(JsonObject status, int code = 0, TimeSpan? retryAfter = null)
    {
        var causes = status.Items("details", "causes")
            .Select(cause => Cut($"{cause.Text("field")}: {cause.Text("message")}".TrimStart(':', ' ')))
            .ToList();
        var seconds = status.Number("details", "retryAfterSeconds");
        return new KubeError(
            code != 0 ? code : status.Number("code") ?? 500,
            status.Text("reason") ?? "",
            Cut(status.Text("message") ?? "no text"),
            causes,
            retryAfter ?? (seconds is { } after ? TimeSpan.FromSeconds(after) : null));
    }

    private static JsonObject? Parse(string body)
    {
        try
        {
            return JsonNode.Parse(body) as JsonObject;
        }
        catch (JsonException)
        {
            // A proxy's page: its text is told as it is.
            return null;
        }
    }

    private static string Cut(string text) => text.Length <= LongestText ? text : string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, LongestText)}…");
}

/// <summary>An object, or why there is none.</summary>
public readonly record struct KubeAnswer(JsonObject? Found, KubeError? Error);

/// <summary>All objects of a collection, or why there are none.</summary>
/// <param name="Version">From which a watch goes on.</param>
public sealed record KubeList(IReadOnlyList<JsonObject> Items, string Version, KubeError? Error);
