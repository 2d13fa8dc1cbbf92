using System.Security.Cryptography;

namespace Bascule.Settings;

/// <summary>Reads the configuration from all its layers and checks it as a whole.</summary>
public static class SettingsLoader
{
    /// <summary>Never throws for what is written in the sources: every fault is in the result. Keeps nothing: it may be called again, for a reload.</summary>
    public static SettingsResult Load(SettingsSources sources)
    {
        List<SettingFault> faults = [];
        List<string> notices = [];

        // 1. Files: bascule.json, then its drop-ins.
        var files = new FileLayers(sources, faults);
        var root = files.Read();

        // 2. Environment, 3. command line.
        var edit = new SettingsEdit(root, faults);
        var environment = new EnvironmentLayer(sources.Environment, faults, notices);
        environment.ApplyTo(edit);
        foreach (var (path, value) in sources.Overrides)
            edit.Set(path.Trim().Split('.'), value, Origin.CommandLine);
        environment.TakeOutUnused(root);

        // With a file unread, everything would seem to be missing: only what was found while reading is told.
        if (faults.Any(f => f.Path.Length == 0))
            return SettingsResult.Faulty(faults, files.Watched);

        // 4. Defaults for what nobody wrote. From here on every place has an origin.
        Completion.Complete(root, ShapeReader.Root);
        var places = new Places(root);

        // 5. Types and bounds, then what must hold between settings.
        var settings = new SettingsBinder(faults).Bind(root);
        var rules = new RuleContext(settings, places, sources.BaseDirectory, [.. faults]);
        SettingsRules.Check(rules);
        faults.AddRange(rules.Faults);

        // 6. What to watch: a change may mend a fault.
        NamedFile[] named = [.. places.NamedFiles().Select(f => FingerprintOf(f.Setting, Path.GetFullPath(f.File, sources.BaseDirectory)))];
        var watched = files.Watched with { Files = [.. files.Watched.Files, .. named.Select(f => f.Path).Distinct(StringComparer.Ordinal)] };
        if (faults.Count > 0)
            return SettingsResult.Faulty(faults, watched);
        notices.AddRange(rules.Notices);
        notices.AddRange(places.EnvironmentOverFiles());
        var values = places.EffectiveValues();
        return SettingsResult.Good(new LoadedSettings { Settings = settings, Values = values, Notices = notices, Files = files.FilesRead, NamedFiles = named }, watched);
    }

    private static NamedFile FingerprintOf(string setting, string file)
    {
        try
        {
            using var content = File.OpenRead(file);
            return new NamedFile(setting, file, Convert.ToHexStringLower(SHA256.HashData(content)));
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            // The rules say what is wrong with it; here it only has no content that could change.
            return new NamedFile(setting, file, "");
        }
    }
}
