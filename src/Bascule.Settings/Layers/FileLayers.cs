namespace Bascule.Settings;

/// <summary>The layers that are files: the configuration, then the drop-ins beside it by name.</summary>
internal sealed class FileLayers(SettingsSources sources, List<SettingFault> faults)
{
    private const string DefaultName = "bascule.json";
    private const string DropInFolder = "bascule.d";

    // Tens of thousands of routes fit; a log or a disk image given by mistake does not.
    private const int MaxFileBytes = 16 * 1024 * 1024;

    private readonly List<string> _read = [];
    private readonly string _main = Path.GetFullPath(sources.ConfigFile ?? DefaultName, sources.BaseDirectory);

    /// <summary>Full paths of what was read.</summary>
    internal IReadOnlyList<string> FilesRead => _read;

    /// <summary>What was read, and the configuration even when it is not there.</summary>
    internal WatchedPlaces Watched => new([_main, .. _read.Where(f => f != _main)], DropInFolderPath);

    private string DropInFolderPath => Path.Combine(Path.GetDirectoryName(_main) ?? sources.BaseDirectory, DropInFolder);

    /// <summary>All files merged, with nothing in it when there is none.</summary>
    internal ObjectNode Read()
    {
        SettingsNode root = new ObjectNode(Origin.Default);
        foreach (var file in Candidates())
        {
            if (ReadFile(file) is { } layer)
                root = SettingsNode.Over(layer, root);
        }

        return (ObjectNode)root;
    }

    private IEnumerable<string> Candidates()
    {
        if (sources.ConfigFile is not null || File.Exists(_main))
            yield return _main;
        foreach (var file in DropIns(DropInFolderPath))
            yield return file;
    }

    private IEnumerable<string> DropIns(string folder)
    {
        try
        {
            return Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal)] : [];
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            faults.Add(new SettingFault("", ShortName(folder), "", $"cannot be listed: {cause.Message.TrimEnd('.')}", "Let the user that runs Bascule read it."));
            return [];
        }
    }

    private ObjectNode? ReadFile(string file)
    {
        var name = ShortName(file);
        if (ReadBytes(file, name) is not { } bytes)
            return null;
        _read.Add(file);
        if (JsonTree.Read(bytes, "", line => Origin.File(name, line), faults) is not { } tree)
            return null;
        if (tree is not ObjectNode root)
        {
            faults.Add(new SettingFault("", tree.Origin.Text, "", "holds no JSON object", "Start the file with { and end it with }."));
            return null;
        }

        // Editors look for the schema there; it says nothing to Bascule.
        root.Members.Remove(SettingsSchema.SchemaKey);
        return root;
    }

    private byte[]? ReadBytes(string file, string name)
    {
        try
        {
            if (new FileInfo(file) is { Exists: true, Length: > MaxFileBytes })
            {
                faults.Add(new SettingFault("", name, "", $"is larger than {MaxFileBytes} bytes, so it is hardly a configuration", "Give another file."));
                return null;
            }

            return File.ReadAllBytes(file);
        }
        catch (Exception cause) when (cause is FileNotFoundException or DirectoryNotFoundException)
        {
            faults.Add(new SettingFault("", name, "", "does not exist", "Give the path of the configuration file with --config, relative to the working directory."));
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            faults.Add(new SettingFault("", name, "", $"cannot be read: {cause.Message.TrimEnd('.')}", "Let the user that runs Bascule read it."));
        }

        return null;
    }

    /// <summary>As short as it is clear: relative to the working directory when it lies below it.</summary>
    private string ShortName(string file)
    {
        var relative = Path.GetRelativePath(sources.BaseDirectory, file);
        return relative.StartsWith("..", StringComparison.Ordinal) ? file : relative.Replace('\\', '/');
    }
}
