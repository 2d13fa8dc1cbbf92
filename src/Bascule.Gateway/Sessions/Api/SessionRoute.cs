using System.Text.Json.Serialization.Metadata;
using Bascule.Model;
using Bascule.Sessions;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>A call of somebody who may have what he asks for.</summary>
/// <param name="Named">The session that the path names; null where it names none.</param>
internal sealed record SessionCall(HttpContext Context, Passage Passage, OpenSessions Open, SessionCaller Caller, SessionRecord? Named)
{
    internal SessionRecord Record => Named ?? throw new InvalidOperationException("The path of this route names no session.");
}

/// <summary>A good answer.</summary>
/// <param name="Document">What is in it; null: the bytes of that type.</param>
internal sealed record SessionAnswer(int Status, string Meaning, JsonTypeInfo? Document = null, string ContentType = "application/json");

/// <summary>One thing that users ask of their sessions. The table of them answers requests, and makes the OpenAPI document.</summary>
/// <param name="Below">What stands behind <c>/api/sessions</c>: <c>/{session}/links</c>.</param>
/// <param name="Summary">One sentence, for the document.</param>
internal sealed record SessionRoute(string Method, string Below, string Summary, Func<SessionCall, Task<Ending?>> HandleAsync)
{
    internal const string Session = "{session}";

    private readonly string[] _segments = Below.Split('/')[1..];

    /// <summary>Parameters of the query, each with its sentence.</summary>
    internal IReadOnlyList<(string Name, string Meaning)> Query { get; init; } = [];

    internal JsonTypeInfo? Body { get; init; }

    internal required IReadOnlyList<SessionAnswer> Answers { get; init; }

    /// <summary>Beside those that every request may get.</summary>
    internal IReadOnlyList<EndReason> Refusals { get; init; } = [];

    /// <param name="parts">Of the path, behind <c>/api/sessions</c>.</param>
    internal bool Fits(IReadOnlyList<string> parts) => parts.Count == _segments.Length && _segments.Index().All(s => s.Item == Session || s.Item == parts[s.Index]);
}
