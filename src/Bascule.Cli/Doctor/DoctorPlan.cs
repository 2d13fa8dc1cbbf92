using Bascule.Diagnostics;
using Bascule.Settings;

namespace Bascule.Cli;

/// <summary>What one call of <c>bascule doctor</c> looks at. A section is asked for where its property is there.</summary>
internal sealed record DoctorPlan
{
    internal IReadOnlyList<(ProbeTarget Target, ProbeOptions Options)> Probes { get; init; } = [];

    /// <summary>What is linted.</summary>
    internal IReadOnlyList<string> Paths { get; init; } = [];

    internal LintOptions Lint { get; init; } = new();

    internal HostCheckOptions? Host { get; init; }

    internal SettingsResult? Configuration { get; init; }

    internal bool Environment { get; init; }

    internal Func<CancellationToken, Task<CheckReport>>? Cluster { get; init; }
}
