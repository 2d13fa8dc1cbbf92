using System.Text.Json.Nodes;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>A configuration in a file, which a test writes anew for a reload.</summary>
internal sealed class ConfigFolder : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bascule-config-");
    private readonly JsonObject _root;

    /// <param name="routes">Name and path of each; all are open to everyone.</param>
    internal ConfigFolder(IEnumerable<string> nodes, params (string Name, string Path)[] routes)
    {
        _root = new JsonObject
        {
            ["listen"] = new JsonObject { ["public"] = new JsonArray("http://127.0.0.1:0"), ["admin"] = "http://127.0.0.1:0" },
            ["audit"] = new JsonObject { ["file"] = "off" },
            ["reload"] = new JsonObject { ["watch"] = false },
            ["auth"] = new JsonObject { ["jwt"] = new JsonObject { ["keys"] = new JsonArray("secret:" + Tokens.Secret) } },
            ["pools"] = new JsonObject { ["pool"] = new JsonObject { ["nodes"] = new JsonArray([.. nodes.Select(n => JsonValue.Create(n))]) } },
            ["routes"] = new JsonArray([.. routes.Select(r => Route(r.Name, r.Path))]),
        };
        Save();
    }

    internal BasculeSettings Settings => Loaded.Settings;

    internal ConfigSource Source => new(Loaded, Load().Watched, Load, _folder.FullName);

    private LoadedSettings Loaded => Load() is { IsGood: true, Loaded: var loaded } ? loaded! : throw new InvalidOperationException(string.Join('\n', Load().Faults));

    internal static JsonObject Route(string name, string path, string auth = "none", string pool = "pool") =>
        new() { ["name"] = name, ["path"] = path, ["auth"] = auth, ["pool"] = pool };

    /// <summary>Writes the file anew, good or bad.</summary>
    internal void Change(Action<JsonObject> change)
    {
        change(_root);
        Save();
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private void Save() => File.WriteAllText(Path.Combine(_folder.FullName, "bascule.json"), _root.ToJsonString());

    private SettingsResult Load() => SettingsLoader.Load(new SettingsSources { BaseDirectory = _folder.FullName });
}
