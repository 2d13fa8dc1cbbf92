using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>A request on the admin listener that cannot be carried out; answered as a problem.</summary>
internal sealed class AdminRefusal(int status, string title, string detail) : Exception(detail)
{
    internal int Status => status;

    internal string Title => title;
}

/// <summary>One request on the admin listener: who asks, what for, and the way to answer.</summary>
internal sealed class AdminCall(HttpContext context, AdminUser who, IReadOnlyDictionary<string, string> path, TimeProvider time)
{
    internal HttpContext Context => context;

    internal AdminUser Who => who;

    internal DateTimeOffset Now => time.GetUtcNow();

    internal CancellationToken Cancellation => context.RequestAborted;

    /// <summary>Why it is ordered, for the audit log.</summary>
    internal string? Why => Query("why");

    /// <summary>Only say what would be done.</summary>
    /// <exception cref="AdminRefusal">It is neither yes nor no: an order must not be carried out because of a slip.</exception>
    internal bool DryRun => Flag("dryRun");

    /// <summary>What was done, for the audit log; the handler says it.</summary>
    internal string? Outcome { get; set; }

    /// <summary>A parameter of the path.</summary>
    internal string this[string name] => path[name];

    /// <summary>A parameter of the query; null when it is missing or empty.</summary>
    internal string? Query(string name) => context.Request.Query.TryGetValue(name, out var values) && values[^1] is { Length: > 0 } value ? value : null;

    /// <exception cref="AdminRefusal">It is there, but neither true nor false.</exception>
    internal bool Flag(string name) => Query(name) switch
    {
        null or "false" or "0" => false,
        "true" or "1" => true,
        var other => throw new AdminRefusal(400, "Bad parameter", $"`{name}` is `{Shown(other)}`; write true or false."),
    };

    /// <exception cref="AdminRefusal">A parameter that this route does not know, or one given twice: what was meant would not be what is done.</exception>
    internal void CheckQuery(AdminRoute route)
    {
        foreach (var (name, values) in context.Request.Query)
        {
            if (!route.Query.Any(q => q.Name == name))
            {
                var known = route.Query.Count == 0 ? "it takes none" : $"it takes {string.Join(", ", route.Query.Select(q => q.Name))}";
                throw new AdminRefusal(400, "Unknown parameter", $"{route.Method} {route.Pattern} has no parameter `{Shown(name)}`; {known}.");
            }

            if (values.Count > 1)
                throw new AdminRefusal(400, "Parameter given twice", $"`{name}` is there {values.Count} times; give it once.");
        }
    }

    private static string Shown(string text) => text.Length > 60 ? text[..60] + "…" : text;

    /// <exception cref="AdminRefusal">It is there, but no number in this range.</exception>
    internal int? Number(string name, int least, int most)
    {
        if (Query(name) is not { } text)
            return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw new AdminRefusal(400, "Bad parameter", $"`{name}` is `{text}`; write a whole number from {least} to {most}.");
    }

    internal Task AnswerAsync<T>(T document, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK) =>
        WriteAsync(context, status, "application/json; charset=utf-8", JsonSerializer.SerializeToUtf8Bytes(document, type));

    internal Task SayAsync(int status, string text) => SayAsync(context, status, text);

    internal static Task SayAsync(HttpContext context, int status, string text) =>
        WriteAsync(context, status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(text + "\n"));

    internal static Task WriteAsync(HttpContext context, int status, string contentType, byte[] body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}
