using Microsoft.AspNetCore.Http;

namespace Bascule.Terminal;

/// <summary>What a request wants of a host.</summary>
public enum DoorAction
{
    /// <summary>To see all terminals, and what changes: the key of the host only.</summary>
    List,

    /// <summary>To start a terminal: the key of the host only.</summary>
    Create,

    /// <summary>To see one terminal, its result or its recording.</summary>
    Read,

    /// <summary>To end one terminal.</summary>
    Delete,

    /// <summary>To view one terminal, and to write to it as far as the role goes.</summary>
    Attach,
}

/// <summary>Who came in.</summary>
/// <param name="User">Empty where nobody knows a name.</param>
/// <param name="Role">The most that this caller may do.</param>
/// <param name="Attempt">Of the gateway, for the reason of the close frame; null when there is none.</param>
/// <param name="ClientAddress">Of the client behind the gateway; null when it is not known.</param>
public sealed record TerminalCaller(string User, ViewerRole Role, string? Attempt = null, string? ClientAddress = null);

/// <summary>Exactly one of the two.</summary>
public readonly record struct DoorAnswer(TerminalCaller? Caller, HostRefusal? Refusal)
{
    public static DoorAnswer Enter(TerminalCaller caller) => new(caller, null);

    public static DoorAnswer Refuse(HostRefusal refusal) => new(null, refusal);
}

/// <summary>Decides who may do what at a host. Each request but <c>/health</c> passes it first, upgrades included.</summary>
public interface ITerminalDoor
{
    /// <param name="terminal">The id of the path, whether there is such a terminal or not; null for what is about all of them.</param>
    ValueTask<DoorAnswer> CheckAsync(HttpContext context, string? terminal, DoorAction action);
}
