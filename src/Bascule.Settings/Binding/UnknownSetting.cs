namespace Bascule.Settings;

/// <summary>The fault for a name that no setting has.</summary>
internal static class UnknownSetting
{
    /// <summary>Never shows the value: it may be a secret whose name was misspelt.</summary>
    internal static SettingFault Fault(string path, string name, RecordShape record, Origin origin)
    {
        var names = record.Members.Select(m => m.Name).ToArray();
        var remedy = NearestName.Of(name, names) is { } near
            ? $"Did you mean {near}?"
            : $"Known here: {string.Join(", ", names)}.";
        return new SettingFault(path, origin.Text, "", $"is unknown: no setting is called {name} here", remedy);
    }
}
