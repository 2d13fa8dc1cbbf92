namespace Bascule.Settings;

/// <summary>Reads the configuration from all its layers and checks it as a whole.</summary>
public static class SettingsLoader
{
    /// <summary>Never throws for what is written in the sources: every fault is in the result.</summary>
    public static SettingsResult Load(SettingsSources sources)
    {
        List<SettingFault> faults = [];
        List<string> notices = [];

        // 1. Files: bascule.json, then its drop-ins.
        var files = new FileLayers(sources, faults);
        var root = files.Read();

        // 2. Environment, 3. command line.
        var edit = new SettingsEdit(root, faults);
        new EnvironmentLayer(sources.Environment, faults, notices).ApplyTo(edit);
        foreach (var (path, value) in sources.Overrides)
            edit.Set(path.Trim().Split('.'), value, Origin.CommandLine);

        // With a file unread, everything would seem to be missing: only what was found while reading is told.
        if (faults.Any(f => f.Path.Length == 0))
            return SettingsResult.Faulty(faults);

        // 4. Defaults for what nobody wrote. From here on every place has an origin.
        Completion.Complete(root, ShapeReader.Root);
        var places = new Places(root);

        // 5. Types and bounds, then what must hold between settings.
        var settings = new SettingsBinder(faults).Bind(root);
        faults.AddRange(SettingsRules.Check(new RuleContext(settings, places, sources.BaseDirectory, [.. faults])));

        if (faults.Count > 0)
            return SettingsResult.Faulty(faults);
        notices.AddRange(places.EnvironmentOverFiles());
        return SettingsResult.Good(new LoadedSettings { Settings = settings, Values = places.EffectiveValues(), Notices = notices, Files = files.FilesRead });
    }
}
