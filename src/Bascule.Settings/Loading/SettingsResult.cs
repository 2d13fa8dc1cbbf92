using System.Diagnostics.CodeAnalysis;

namespace Bascule.Settings;

/// <summary>Either a whole valid configuration, or every fault that was found.</summary>
public sealed class SettingsResult
{
    private SettingsResult(LoadedSettings? loaded, IReadOnlyList<SettingFault> faults, WatchedPlaces watched)
    {
        Loaded = loaded;
        Faults = faults;
        Watched = watched;
    }

    /// <summary>Null exactly when there are <see cref="Faults"/>.</summary>
    public LoadedSettings? Loaded { get; }

    public IReadOnlyList<SettingFault> Faults { get; }

    /// <summary>Where a change may mend the faults, or change what holds.</summary>
    public WatchedPlaces Watched { get; }

    [MemberNotNullWhen(true, nameof(Loaded))]
    public bool IsGood => Loaded is not null;

    internal static SettingsResult Good(LoadedSettings loaded, WatchedPlaces watched) => new(loaded, [], watched);

    internal static SettingsResult Faulty(IReadOnlyList<SettingFault> faults, WatchedPlaces watched) => new(null, faults, watched);
}

/// <summary>All that the configuration is read from besides the environment and the command line, so that someone can watch it.</summary>
/// <param name="Files">Full paths: the configuration (even when it is not there), its drop-ins, and the files that settings name: keys, tokens, certificates.
/// After a fault that kept files from being read, those that settings name are missing.</param>
/// <param name="DropInFolder">Full path of the folder whose <c>*.json</c> are read, even when it is not there.</param>
public sealed record WatchedPlaces(IReadOnlyList<string> Files, string DropInFolder);
