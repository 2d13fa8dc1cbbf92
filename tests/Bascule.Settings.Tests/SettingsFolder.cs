namespace Bascule.Settings.Tests;

/// <summary>A working directory with configuration files, gone after the test.</summary>
internal sealed class SettingsFolder : IDisposable
{
    /// <summary>The smallest thing that serves someone.</summary>
    internal const string Small = """
        {
          "pools": { "kb": { "nodes": ["http://127.0.0.1:8001"] } },
          "routes": [ { "name": "experience", "path": "/ws/experience", "auth": "none", "pool": "kb" } ]
        }
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("bascule-settings-");

    internal string Path => _directory.FullName;

    internal Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    internal List<KeyValuePair<string, string>> Overrides { get; } = [];

    internal SettingsFolder With(string file, string text)
    {
        var path = System.IO.Path.Combine(Path, file);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return this;
    }

    internal SettingsFolder WithEnvironment(string name, string value)
    {
        Environment[name] = value;
        return this;
    }

    internal SettingsFolder WithSet(string path, string value)
    {
        Overrides.Add(new(path, value));
        return this;
    }

    internal SettingsResult Load(string? configFile = null) =>
        SettingsLoader.Load(new SettingsSources { BaseDirectory = Path, ConfigFile = configFile, Environment = Environment, Overrides = Overrides });

    internal LoadedSettings LoadGood(string? configFile = null)
    {
        var result = Load(configFile);
        Assert.True(result.IsGood, string.Join('\n', result.Faults));
        return result.Loaded;
    }

    /// <summary>The only fault there is.</summary>
    internal SettingFault LoadFault()
    {
        var faults = Load().Faults;
        Assert.True(faults.Count == 1, $"One fault was expected, not {faults.Count}:\n{string.Join('\n', faults)}");
        return faults[0];
    }

    /// <summary>The fault of <see cref="Small"/> with one drop-in over it.</summary>
    internal static SettingFault FaultOf(string dropIn)
    {
        using var folder = new SettingsFolder().With("bascule.json", Small).With("bascule.d/test.json", dropIn);
        return folder.LoadFault();
    }

    /// <summary>That <see cref="Small"/> with one drop-in over it has this one fault.</summary>
    internal static void AssertFault(string dropIn, string path, string problem)
    {
        var fault = FaultOf(dropIn);
        Assert.Equal(path, fault.Path);
        Assert.StartsWith(problem, fault.Problem);
        Assert.NotEmpty(fault.Remedy);
    }

    /// <summary>What <see cref="Small"/> with one drop-in over it says.</summary>
    internal static BasculeSettings SettingsOf(string dropIn)
    {
        using var folder = new SettingsFolder().With("bascule.json", Small).With("bascule.d/test.json", dropIn);
        return folder.LoadGood().Settings;
    }

    /// <summary>The notices for <see cref="Small"/> with one drop-in over it.</summary>
    internal static IReadOnlyList<string> NoticesOf(string dropIn)
    {
        using var folder = new SettingsFolder().With("bascule.json", Small).With("bascule.d/test.json", dropIn);
        return folder.LoadGood().Notices;
    }

    public void Dispose() => _directory.Delete(recursive: true);
}

internal static class Reading
{
    internal static EffectiveValue Value(this LoadedSettings loaded, string path) => Assert.Single(loaded.Values, v => v.Path == path);
}
