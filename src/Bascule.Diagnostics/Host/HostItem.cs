using System.Globalization;

namespace Bascule.Diagnostics;

/// <summary>One thing of the machine that was looked at.</summary>
/// <param name="Limit">How many connections it allows; null when it bounds none.</param>
internal sealed record HostItem(ProbeStep Step, ConnectionLimit? Limit = null)
{
    internal const string KernelNetwork = "https://docs.kernel.org/networking/ip-sysctl.html";
    internal const string KernelFiles = "https://docs.kernel.org/admin-guide/sysctl/fs.html";
    internal const string KernelCgroups = "https://docs.kernel.org/admin-guide/cgroup-v2.html";

    /// <summary>A relayed connection is two: one of the client, one to the back end.</summary>
    internal const int EndsOfConnection = 2;

    /// <summary>What can be understood and allows so many connections.</summary>
    internal static HostItem Of(string id, string name, string evidence, Verdict? verdict = null, long? connections = null)
    {
        var result = verdict?.Severity switch { Severity.Error => StepResult.Fail, Severity.Warning => StepResult.Warn, _ => StepResult.Ok };
        var allows = connections is { } count ? $"{Count(count)} connections: " : "";
        return new HostItem(new ProbeStep(id, result, TimeSpan.Zero, allows + evidence, verdict), connections is { } some ? new ConnectionLimit(id, name, some) : null);
    }

    internal static HostItem Skip(string id, string why) => new(new ProbeStep(id, StepResult.Skipped, TimeSpan.Zero, why, null));

    internal static string Count(long number) => number == HostTree.Unlimited ? "no limit" : number.ToString("N0", CultureInfo.InvariantCulture);

    internal static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:N0} MB");

    internal static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.#} %");
}
