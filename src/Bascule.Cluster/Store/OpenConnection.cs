namespace Bascule.Cluster;

/// <summary>An open connection, as all gateways may know it. Texts from clients are cleaned by <see cref="DirectoryText"/>.</summary>
/// <param name="Id">The attempt id.</param>
/// <param name="Since">When it was opened.</param>
public sealed record OpenConnection(string Id, DateTimeOffset Since)
{
    /// <summary>Null for a connection without a token.</summary>
    public string? User { get; init => field = DirectoryText.Of(value); }

    public string Route { get; init => field = DirectoryText.Of(value) ?? ""; } = "";

    public string Pool { get; init => field = DirectoryText.Of(value) ?? ""; } = "";

    public string Node { get; init => field = DirectoryText.Of(value) ?? ""; } = "";

    /// <summary>Address of the client.</summary>
    public string Address { get; init => field = DirectoryText.Of(value) ?? ""; } = "";

    /// <summary>The subprotocol; null without one.</summary>
    public string? Protocol { get; init => field = DirectoryText.Of(value); }

    /// <summary>The gateway that has it; the store fills it in.</summary>
    public string Instance { get; init; } = "";
}

/// <summary>Which connections are looked for: those that fit all that is not null.</summary>
public sealed record DirectoryFilter
{
    public string? User { get; init => field = DirectoryText.Of(value); }

    public string? Route { get; init => field = DirectoryText.Of(value); }

    public string? Pool { get; init => field = DirectoryText.Of(value); }

    public string? Node { get; init => field = DirectoryText.Of(value); }

    public string? Instance { get; init => field = DirectoryText.Of(value); }
}

/// <summary>A gateway that shares the storage and is alive.</summary>
/// <param name="Name">What it calls itself.</param>
/// <param name="Process">Its process: <see cref="Epoch.Process"/>.</param>
/// <param name="Since">Since when it has been connected to the store without a break.</param>
/// <param name="Connections">Its connections in the directory.</param>
public sealed record Instance(string Name, string Process, DateTimeOffset Since, int Connections);
