using Bascule.Settings;

namespace Bascule.Cli;

/// <summary>Shows the faults of a configuration, for every command that reads one.</summary>
public static class FaultReport
{
    /// <summary>All faults to the standard error; returns the exit code of the command.</summary>
    public static int Write(Output output, IReadOnlyList<SettingFault> faults)
    {
        foreach (var fault in faults)
        {
            output.ErrorLine(fault.Path.Length == 0 ? fault.Origin : $"{fault.Path}  ({fault.Origin})");
            if (fault.Seen.Length > 0)
                output.ErrorLine($"  seen:    {fault.Seen}");
            output.ErrorLine($"  problem: {fault.Problem}");
            output.ErrorLine($"  remedy:  {fault.Remedy}");
        }

        output.ErrorLine(faults.Count == 1 ? "1 fault in the configuration." : $"{faults.Count} faults in the configuration.");
        return ExitCodes.FoundFault;
    }
}
