using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>What came of a reload.</summary>
/// <param name="Applied">False: the old configuration goes on, whole; the faults say why.</param>
/// <param name="Generation">The number of the configuration that holds now.</param>
/// <param name="Changes">Since the last good one, each with when it holds.</param>
public sealed record ReloadResult(
    bool Applied, int Generation, DateTimeOffset At, string By, IReadOnlyList<SettingChange> Changes, IReadOnlyList<SettingFault> Faults);
