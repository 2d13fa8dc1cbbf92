using System.Text.Json.Serialization;

namespace Bascule.Gateway;

public enum AttemptOutcome
{
    /// <summary>No record: it failed before the gateway, or was forgotten.</summary>
    [JsonStringEnumMemberName("never_arrived")]
    NeverArrived,

    /// <summary>It never became a connection.</summary>
    [JsonStringEnumMemberName("refused")]
    Refused,

    /// <summary>It is being decided, or is a connection that lives.</summary>
    [JsonStringEnumMemberName("open")]
    Open,

    /// <summary>It was a connection, and has ended.</summary>
    [JsonStringEnumMemberName("ended")]
    Ended,
}

/// <summary>Why an attempt failed or a connection ended, for programs as JSON and for people through <see cref="ToText"/>.</summary>
public sealed record ExplainDocument
{
    public required string Attempt { get; init; }

    public required AttemptOutcome Outcome { get; init; }

    /// <summary>Label of the end reason; null while it is open, or when there is no record.</summary>
    public string? Label { get; init; }

    /// <summary>What happened, in one or two sentences.</summary>
    public required string Verdict { get; init; }

    /// <summary>What to do about it.</summary>
    public required string Advice { get; init; }

    /// <summary>A command that helps to find out more, over several lines; or null.</summary>
    public string? Try { get; init; }

    /// <summary>The page about this reason, relative to the root of the repository.</summary>
    public string? Docs { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public IReadOnlyList<ExplainStage> Stages { get; init; } = [];

    public IReadOnlyDictionary<string, string> Evidence { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public ExplainClose? Close { get; init; }

    /// <summary>What a client should do next: <c>never</c>, <c>now</c>, <c>backoff</c> or <c>after:5s</c>.</summary>
    public string? Retry { get; init; }

    /// <summary>The words that a person reads in a terminal, in lines of at most 100 characters.</summary>
    public string ToText() => ExplainText.Write(this);
}

/// <param name="AtMilliseconds">From the start of the attempt.</param>
/// <param name="TookMilliseconds">Until the next stage, or the end; null for the one that goes on.</param>
public sealed record ExplainStage(string Stage, double AtMilliseconds, double? TookMilliseconds);

/// <summary>How the connection was closed towards the client.</summary>
/// <param name="Code">0: without a close frame.</param>
/// <param name="By"><c>client</c>, <c>backend</c> or <c>gateway</c>.</param>
public sealed record ExplainClose(int Code, string? Reason, string By);

/// <summary>Explanations as JSON, made without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(ExplainDocument))]
public sealed partial class ExplainJson : JsonSerializerContext;
