namespace Bascule.Diagnostics;

/// <summary>What a program finds around it (case A8): enough to see why it behaves otherwise than elsewhere, and nothing that is secret.</summary>
/// <param name="Variables">By name.</param>
/// <param name="Folder">The working folder.</param>
/// <param name="Programs">Those of a fixed list that are on PATH.</param>
public sealed record EnvironmentReport(
    DateTimeOffset At, IReadOnlyList<VariableSeen> Variables, FolderSeen Folder, IReadOnlyList<ProgramSeen> Programs, SystemSeen System, IReadOnlyList<LimitSeen> Limits)
{
    /// <summary>Programs of the list that are not on PATH.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];
}

/// <param name="IsMasked">The value, or a part of it, is not shown.</param>
public sealed record VariableSeen(string Name, string Value, bool IsMasked);

/// <param name="IsWhole">False: there is more than is listed.</param>
/// <param name="Problem">Why it cannot be read, or a part of it; null when all was.</param>
public sealed record FolderSeen(string Path, IReadOnlyList<EntrySeen> Entries, bool IsWhole, string? Problem);

/// <param name="Path">Relative to the folder.</param>
/// <param name="Kind"><c>folder</c>, <c>file</c> or <c>link</c>; links are not followed.</param>
/// <param name="Bytes">Of a file.</param>
public sealed record EntrySeen(string Path, string Kind, long? Bytes);

/// <param name="Version">First line of what it says of itself; null when it did not say in time, or badly.</param>
/// <param name="Problem">Why there is no version.</param>
public sealed record ProgramSeen(string Name, string Path, string? Version, string? Problem);

/// <param name="Container">What says that it is one: <c>docker</c>, <c>kubernetes</c>, …; null when nothing does.</param>
/// <param name="MemoryBytes">That this process may use: of the machine, or of its cgroup.</param>
public sealed record SystemSeen(
    string Os, string Kernel, string Architecture, string Runtime, string Host, int Processors, long MemoryBytes, string TimeZone, string User, int ProcessId, string? Container);

/// <param name="Soft">As the system writes it: a number, <c>max</c> or <c>unlimited</c>.</param>
/// <param name="Hard">Null where there is one value only.</param>
public sealed record LimitSeen(string Name, string Soft, string? Hard, string? Unit);
