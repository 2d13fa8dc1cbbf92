using System.Text.Json.Serialization;
using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>One line of the audit log. Names and meaning of the properties are a contract; what an entry does not know it leaves out.</summary>
/// <remarks>It never holds a token, a payload, a path or a query. Texts of clients and operators are cut and cleaned by <see cref="EvidenceText"/>.</remarks>
public sealed record AuditEntry
{
    /// <summary>When it happened, not when it was written.</summary>
    [JsonConverter(typeof(AuditTime))]
    public required DateTimeOffset Time { get; init; }

    /// <summary>One of <see cref="AuditKinds"/>.</summary>
    public required string Kind { get; init; }

    [JsonConverter(typeof(AuditAttempt))]
    public AttemptId? Attempt { get; init; }

    public string? Route { get; init; }

    public string? Subject { get; init; }

    /// <summary>Address and port of the client.</summary>
    public string? Client { get; init; }

    public string? Protocol { get; init; }

    public string? Origin { get; init; }

    public string? UserAgent { get; init; }

    public string? Pool { get; init; }

    public string? Node { get; init; }

    /// <summary>Label of the end reason.</summary>
    public string? Reason { get; init; }

    public string? By { get; init; }

    /// <summary>The stage that refused.</summary>
    public string? Stage { get; init; }

    /// <summary>HTTP status of a refusal that was told so.</summary>
    public int? Status { get; init; }

    /// <summary>Close code that the client got or sent.</summary>
    public int? Code { get; init; }

    /// <summary>From the start of the attempt to its end.</summary>
    public double? Seconds { get; init; }

    public long? ToBackendMessages { get; init; }

    public long? ToBackendBytes { get; init; }

    public long? ToClientMessages { get; init; }

    public long? ToClientBytes { get; init; }

    /// <summary>Of a message: <c>client_to_backend</c> or <c>backend_to_client</c>.</summary>
    public string? Direction { get; init; }

    /// <summary>Of a message: <c>text</c> or <c>binary</c>.</summary>
    public string? Type { get; init; }

    /// <summary>Of a message: its payload as it was on the wire.</summary>
    public long? Bytes { get; init; }

    /// <summary>Of a message: the frames that it consisted of.</summary>
    public int? Frames { get; init; }

    public string? Who { get; init; }

    public string? Role { get; init; }

    public string? What { get; init; }

    public string? Target { get; init; }

    public string? Why { get; init; }

    public string? From { get; init; }

    public string? Outcome { get; init; }

    public bool? DryRun { get; init; }

    /// <summary>Entries that were dropped, or connections that had to be cut.</summary>
    public long? Count { get; init; }

    /// <summary>When the first of them was dropped.</summary>
    [JsonConverter(typeof(AuditTime))]
    public DateTimeOffset? Since { get; init; }

    /// <summary>Id of the session that it is about.</summary>
    public string? Session { get; init; }

    public string? Tenant { get; init; }

    /// <summary>Who had the role of the writer before; left out where nobody knows a name.</summary>
    public string? FromSubject { get; init; }

    public string? Profile { get; init; }

    /// <summary>SHA-256 of the words of a command, with a zero behind each: the words themselves are nobody's business here.</summary>
    public string? CommandHash { get; init; }

    public int? ExitCode { get; init; }

    /// <summary>With what the hash chain of a session's recording ends.</summary>
    public string? RecordingDigest { get; init; }

    public string? Version { get; init; }

    /// <summary>What was seen, for a person.</summary>
    public string? Detail { get; init; }
}
