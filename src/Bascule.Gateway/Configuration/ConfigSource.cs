using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>Where the configuration came from, so that it can be read again.</summary>
/// <param name="Started">What the gateway started with.</param>
/// <param name="Load">Reads all layers anew.</param>
/// <param name="WorkingDirectory">Where relative paths of settings begin.</param>
public sealed record ConfigSource(LoadedSettings Started, WatchedPlaces Watched, Func<SettingsResult> Load, string WorkingDirectory);
