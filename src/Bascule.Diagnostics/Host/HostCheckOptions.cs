namespace Bascule.Diagnostics;

/// <summary>How the machine is looked at.</summary>
public sealed record HostCheckOptions
{
    /// <summary>The folder that holds <c>proc</c>, <c>sys</c> and <c>run</c>.</summary>
    public string Root { get; init; } = "/";

    /// <summary>Connections that are expected at the same time: what allows fewer is told.</summary>
    public int Sockets { get; init; } = LintOptions.DefaultSockets;

    /// <summary>Addresses and ports of back ends: each has the whole range of local ports for itself.</summary>
    public int BackEnds { get; init; } = 1;

    /// <summary>Asks a program of the system, for what no file says.</summary>
    public Func<string, string[], CancellationToken, Task<ProgramAnswer>> Ask { get; init; } = new SystemPrograms(TimeProvider.System).AskAsync;
}
