namespace Bascule.Admission;

/// <summary>What this process uses, and what it may use.</summary>
/// <param name="MemoryLimitBytes">Of the container or the machine; 0 when not known.</param>
/// <param name="CpuTime">Used since the process began.</param>
/// <param name="Cores">That it may use.</param>
public readonly record struct OverloadReading(long MemoryBytes, long MemoryLimitBytes, TimeSpan CpuTime, int Cores)
{
    /// <summary>Of this process, within the limits of its cgroup where there is one.</summary>
    public static OverloadReading OfThisProcess() => new(
        Environment.WorkingSet, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, Environment.CpuUsage.TotalTime, Environment.ProcessorCount);
}
