namespace Bascule.Settings.Tests;

/// <summary>Loading again, and knowing what to watch.</summary>
public sealed class ReloadTests
{
    [Fact]
    public void The_same_sources_may_be_loaded_again_and_say_what_they_say_then()
    {
        using var folder = new SettingsFolder().With("bascule.json", """{ "stop": { "pause": "3s" } }""");
        var first = folder.LoadGood();

        Assert.Empty(SettingsDiff.Between(first, folder.LoadGood()));
        Assert.False(folder.With("bascule.json", "{").Load().IsGood);
        Assert.Equal(TimeSpan.FromSeconds(4), folder.With("bascule.json", """{ "stop": { "pause": "4s" } }""").LoadGood().Settings.Stop.Pause);
        Assert.Equal(TimeSpan.FromSeconds(3), first.Settings.Stop.Pause);
    }

    [Fact]
    public void What_is_read_and_what_would_be_read_can_be_watched()
    {
        using var folder = new SettingsFolder()
            .With("bascule.d/10.json", """
                { "auth": { "jwt": { "keys": ["file:keys/a.pem", { "value": "file:keys/b", "id": "b" }] } },
                  "listen": { "adminTokens": [{ "name": "ada", "token": "file:keys/ada" }], "public": [{ "url": "https://127.0.0.1:0", "certificate": "tls.pem", "certificateKey": "tls.pem" }] },
                  "storage": "file:keys/storage" }
                """)
            .With("keys/a.pem", "-----BEGIN PUBLIC KEY-----").With("keys/b", new string('s', 32)).With("keys/ada", new string('t', 16)).With("keys/storage", "memory").With("tls.pem", "pem");

        var result = folder.Load();

        Assert.True(result.IsGood);
        string[] named = ["tls.pem", "keys/ada", "keys/a.pem", "keys/b", "keys/storage"];
        Assert.Equal(new[] { "bascule.json", "bascule.d/10.json" }.Concat(named).Select(In), result.Watched.Files);
        Assert.Equal(In("bascule.d"), result.Watched.DropInFolder);
        Assert.Equal([In("bascule.d/10.json")], result.Loaded.Files);
        Assert.Equal(
            ["listen.public.0.certificate", "listen.public.0.certificateKey", "listen.adminTokens.0.token", "auth.jwt.keys.0.value", "auth.jwt.keys.1.value", "storage"],
            result.Loaded.NamedFiles.Select(f => f.Setting));
        Assert.All(result.Loaded.NamedFiles, f => Assert.Equal(64, f.Fingerprint.Length));

        string In(string file) => Path.Combine(folder.Path, file);
    }

    [Fact]
    public void What_is_faulty_is_watched_until_it_is_mended()
    {
        using var folder = new SettingsFolder().With("etc/lab.json", """{ "auth": { "jwt": { "keys": ["file:key"] } }, "listen": { "adminTokens": [{ "name": "a", "token": "file:\u0000" }] } }""");

        var missing = folder.Load("etc/lab.json");
        var unreadable = folder.With("etc/lab.json", "{").Load("etc/lab.json");

        Assert.Equal([Path.Combine(folder.Path, "etc/lab.json"), Path.Combine(folder.Path, "key")], missing.Watched.Files);
        Assert.Equal([Path.Combine(folder.Path, "etc/lab.json")], unreadable.Watched.Files);
        Assert.Equal(Path.Combine(folder.Path, "etc/bascule.d"), unreadable.Watched.DropInFolder);
    }
}
