namespace Bascule.Settings;

/// <summary>Everything that a configuration is read from. Nothing else is looked at, so a test can give all of it.</summary>
public sealed record SettingsSources
{
    /// <summary>The file of <c>--config</c>. Null: <c>bascule.json</c> in <see cref="BaseDirectory"/>, if it is there.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>The environment variables of the process.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The pairs of <c>--set path=value</c>, in the order given; the last one wins.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Overrides { get; init; } = [];

    /// <summary>The working directory: relative paths, those inside the settings too, start here.</summary>
    public required string BaseDirectory { get; init; }
}
