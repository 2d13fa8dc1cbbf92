using System.Globalization;

namespace Bascule.Gateway;

/// <summary>How to start a shard: the program, its arguments, and what is added to the environment.</summary>
public sealed record ShardCommand(string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>Added to the gateway's own. Secrets belong here rather than among the arguments, which everybody on the machine can read.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}

public enum ShardPhase
{
    /// <summary>Before the first start, and while the system makes the process.</summary>
    Starting,

    Running,

    /// <summary>It ended by itself, or could not be started, and is started again later.</summary>
    Waiting,

    /// <summary>It was asked to end.</summary>
    Stopping,

    Stopped,
}

/// <summary>What a shard's process is doing.</summary>
/// <param name="ProcessId">While it runs or stops.</param>
/// <param name="LastExit">How the last process ended, if one has.</param>
/// <param name="NotStarted">Why there was no process at the last try.</param>
/// <param name="NextStart">While waiting.</param>
/// <param name="Starts">Processes so far.</param>
public sealed record ShardState(ShardPhase Phase, int? ProcessId, ShardExit? LastExit, string? NotStarted, DateTimeOffset? NextStart, int Starts);

/// <summary>How a process ended.</summary>
/// <param name="Code">Its exit code; 128 and the signal's number when a signal ended it, as shells count, too.</param>
/// <param name="Lived">From its start.</param>
public sealed record ShardExit(int Code, TimeSpan Lived)
{
    private const int Signals = 128;

    public override string ToString()
    {
        var after = string.Create(CultureInfo.InvariantCulture, $"after {Lived.TotalSeconds:0.#} s");
        return Code > Signals ? $"exit code {Code} (signal {Code - Signals}{Name(Code - Signals)}) {after}" : $"exit code {Code} {after}";
    }

    private static string Name(int signal) => signal switch
    {
        1 => ", SIGHUP",
        2 => ", SIGINT",
        6 => ", SIGABRT",
        9 => ", SIGKILL: by the kernel for want of memory, or by hand",
        11 => ", SIGSEGV",
        15 => ", SIGTERM",
        _ => "",
    };
}
