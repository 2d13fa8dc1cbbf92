using System.Diagnostics.CodeAnalysis;

namespace Bascule.Settings;

/// <summary>Either a whole valid configuration, or every fault that was found.</summary>
public sealed class SettingsResult
{
    private SettingsResult(LoadedSettings? loaded, IReadOnlyList<SettingFault> faults)
    {
        Loaded = loaded;
        Faults = faults;
    }

    /// <summary>Null exactly when there are <see cref="Faults"/>.</summary>
    public LoadedSettings? Loaded { get; }

    public IReadOnlyList<SettingFault> Faults { get; }

    [MemberNotNullWhen(true, nameof(Loaded))]
    public bool IsGood => Loaded is not null;

    internal static SettingsResult Good(LoadedSettings loaded) => new(loaded, []);

    internal static SettingsResult Faulty(IReadOnlyList<SettingFault> faults) => new(null, faults);
}
