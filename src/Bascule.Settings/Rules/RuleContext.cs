namespace Bascule.Settings;

/// <summary>What the rules look at, and where they put what they find.</summary>
internal sealed class RuleContext(BasculeSettings settings, Places places, string baseDirectory, IReadOnlyList<SettingFault> bindingFaults)
{
    private readonly List<SettingFault> _faults = [];
    private readonly List<string> _notices = [];

    internal BasculeSettings Settings { get; } = settings;

    internal IReadOnlyList<SettingFault> Faults => _faults;

    /// <summary>What works, but hardly as it was meant.</summary>
    internal IReadOnlyList<string> Notices => _notices;

    /// <summary>Notes a fault, unless the place is already known to be faulty: a fault that follows from another one helps nobody.</summary>
    internal void Fault(string path, string problem, string remedy)
    {
        if (!IsSound(path))
            return;
        var seen = places.Find(path)?.Seen ?? "";
        _faults.Add(new SettingFault(path, places.Nearest(path).Node.Origin.Text, seen, problem, remedy));
    }

    /// <summary>Notes that something is not there that should be. It is told of the place that would hold it, for there is no other.</summary>
    internal void Missing(string path, string problem, string remedy)
    {
        if (IsSound(path))
            _faults.Add(new SettingFault(path, places.Nearest(SettingsPath.Parent(path)).Node.Origin.Text, "", problem, remedy));
    }

    /// <param name="meaning">The rest of a sentence that starts with the setting and its value.</param>
    internal void Notice(string path, string meaning)
    {
        if (IsSound(path) && places.Find(path) is { } place)
            _notices.Add($"{path} is {place.Text} ({place.Node.Origin.Text}), {meaning}.");
    }

    /// <summary>Whether the value there, and all below and above it, is what was written, not a default in place of a fault.</summary>
    internal bool IsSound(string path) => IsReadable(path) && !bindingFaults.Any(f => SettingsPath.IsWithin(f.Path, path));

    /// <summary>Whether what is there has the right form, though a part of it may be faulty: the names of an object can be trusted, for example.</summary>
    internal bool IsReadable(string path) => !bindingFaults.Any(f => f.Path.Length > 0 && SettingsPath.IsWithin(path, f.Path));

    /// <summary>The full path of a file that a setting names.</summary>
    internal string FullPath(string file) => Path.GetFullPath(file, baseDirectory);

    internal string BaseDirectory => baseDirectory;

    internal bool FileExists(string file) => !file.Contains('\0') && File.Exists(FullPath(file));

    /// <summary>The secret, read from its file when it is in one; null, and a fault, when that cannot be read.</summary>
    internal string? SecretAt(string path, string value)
    {
        if (SecretText.TryRead(value, baseDirectory, out var secret, out var problem))
            return secret;
        Fault(path, problem, SecretText.FileRemedy);
        return null;
    }

    internal bool TryReadSecret(string value, out string secret) => SecretText.TryRead(value, baseDirectory, out secret, out _);

    /// <summary>Whether somebody wrote it: it is no default.</summary>
    internal bool IsWritten(string path) => places.Find(path) is { Node.Origin.Kind: not OriginKind.Default };

    internal string OriginOf(string path) => places.Nearest(path).Node.Origin.Text;
}
