namespace Bascule.Sessions;

/// <summary>How the session host of a gateway is found, started and spoken to.</summary>
public sealed record HostSetup
{
    /// <summary>Where the host has its <c>host.json</c>: one host for each folder.</summary>
    public required string Folder { get; init; }

    /// <summary>Starts a host for the folder that outlives this process. Done when the host has ended, with what it said; that, or what is thrown, is told to the operator.</summary>
    public required Func<CancellationToken, Task<string>> Start { get; init; }

    /// <summary>Kills every process that a host, given by its id, has left behind.</summary>
    public required Action<string> KillLeftovers { get; init; }

    /// <summary>A note (<c>Bascule-Terms</c>) for one request about a session at the host of another gateway; given the session and the path of the request.</summary>
    public required Func<SessionId, string, string> Note { get; init; }

    /// <summary>Makes the URL of <c>host.json</c> into the one under which other gateways reach it; unchanged where there are none.</summary>
    public Func<Uri, Uri> Advertise { get; init; } = url => url;
}
