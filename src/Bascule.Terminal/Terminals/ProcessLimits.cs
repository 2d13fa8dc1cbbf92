namespace Bascule.Terminal;

/// <summary>Bounds of a terminal's processes, by prlimit(2) on the first of them right after its start; null: what the host itself has. Core files are never written.</summary>
/// <param name="OpenFiles">Descriptors of each process.</param>
/// <param name="Processes">Processes and threads of the host's whole user, as Linux counts them; the super-user is not bound by it.</param>
/// <param name="MemoryBytes">Address space of each process.</param>
/// <param name="CpuSeconds">Processor time of each process; SIGXCPU ends it, SIGKILL a second later.</param>
public sealed record ProcessLimits(int? OpenFiles = null, int? Processes = null, long? MemoryBytes = null, int? CpuSeconds = null);
