using System.Text.Json.Serialization;
using Bascule.Sessions;

namespace Bascule.Gateway;

/// <summary>One session, as its user and operators see it.</summary>
/// <param name="State"><c>starting</c>, <c>running</c> or <c>ended</c>.</param>
/// <param name="Url">Of its WebSocket, with the scheme and host that this very client used; null where the asker came by another listener.</param>
/// <param name="Path">The same without scheme and host.</param>
/// <param name="InternalUrl">Of its WebSocket for programs inside the cluster, where one is configured.</param>
/// <param name="Page">Where a person sees its terminal.</param>
/// <param name="Progress">What is going on while it starts.</param>
/// <param name="Host">Where it runs; for operators alone.</param>
public sealed record SessionDocument(
    string Id, string State, string Name, string Profile, IReadOnlyList<string> Command, bool Tty, string? Owner, string? Tenant, string? Url, string Path, string? InternalUrl,
    string? Page, string? Progress, DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset ExpiresAt, SessionEndDocument? End, string? Host)
{
    /// <summary>Clients that are attached now; for operators alone, and null where the gateway that was asked cannot tell.</summary>
    public int? Viewers { get; init; }

    /// <summary><c>process</c> or <c>kubernetes</c>; for operators alone, and null before it has a place.</summary>
    public string? Runner { get; init; }
}

/// <param name="Label">Why it is over: a stable name.</param>
/// <param name="Text">What happened, in words.</param>
/// <param name="Advice">What to do about it.</param>
public sealed record SessionEndDocument(string Label, string Text, string Advice, DateTimeOffset At, int? ExitCode, string? Signal)
{
    /// <summary>With what the hash chain of its recording ends: a file with another end is another recording.</summary>
    public string? RecordingDigest { get; init; }
}

public sealed record SessionsDocument(IReadOnlyList<SessionDocument> Sessions)
{
    /// <summary>What the asker may start; null for operators, who start nothing.</summary>
    public IReadOnlyList<SessionProfileDocument>? Profiles { get; init; }
}

/// <summary>A profile, as who may use it sees it.</summary>
/// <param name="Command">What it runs by itself; empty: a command must be given.</param>
/// <param name="Allow">What a command of one's own may begin with; <c>*</c>: anything; empty: there is none.</param>
public sealed record SessionProfileDocument(string Name, IReadOnlyList<string> Command, bool Tty, IReadOnlyList<string> Allow);

/// <summary>What a command left.</summary>
/// <param name="Stdout">In base64; null where nothing was kept, as of terminals.</param>
/// <param name="Truncated">There was more; the first bytes are kept.</param>
public sealed record SessionResultDocument(string Id, SessionEndDocument End, double Seconds, string? Stdout, string? Stderr, bool Truncated);

/// <param name="Url">A page, which whoever has the link may open.</param>
/// <param name="WebSocket">The same for programs.</param>
public sealed record SessionLinkDocument(string Url, string WebSocket, string Role, DateTimeOffset ExpiresAt);

/// <summary>What is asked for.</summary>
/// <remarks>With setters: the generated reader forgets the defaults of <c>init</c>.</remarks>
internal sealed record SessionOrderDocument
{
    public required string Profile { get; set; }

    public IReadOnlyList<string>? Command { get; set; }

    public string? CommandText { get; set; }

    public bool? Tty { get; set; }

    public int Columns { get; set; } = 80;

    public int Rows { get; set; } = 24;

    public IReadOnlyDictionary<string, string>? Environment { get; set; }

    public string? Name { get; set; }

    internal SessionRequest ToRequest() => new() { Profile = Profile, Command = Command, CommandText = CommandText, Tty = Tty, Columns = Columns, Rows = Rows, Environment = Environment, Name = Name };
}

internal sealed record SessionLinkOrder
{
    public string Role { get; set; } = TerminalTerms.Read;

    public int Minutes { get; set; } = 60;
}

/// <summary>Strict: a slip in a name is told, and not taken for the default; of two values for one name nobody is to choose.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(SessionOrderDocument))]
[JsonSerializable(typeof(SessionLinkOrder))]
internal sealed partial class SessionOrderJson : JsonSerializerContext;
