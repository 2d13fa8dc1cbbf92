using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Bascule.Settings;
using Bascule.Terminal;

namespace Bascule.Cli;

/// <summary>The configuration of the demo, written to its folder so that it can be read, copied and used with the other commands.</summary>
internal static class DemoFiles
{
    internal const string Issuer = "bascule-demo";
    internal const string Audience = "bascule-demo";

    /// <summary>Where local sessions run: see <see cref="PtyReactor"/>.</summary>
    internal static bool HasSessions => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    internal static string ConfigIn(string folder) => Path.Combine(folder, "bascule.json");

    /// <summary>Writes the configuration under another name: a demo that cannot start must not take the file of one that runs.</summary>
    /// <returns>The secret that signs tokens.</returns>
    internal static string Write(string folder, int port, int adminPort, string backend)
    {
        Directory.CreateDirectory(folder);
        var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        OwnerFile.Write(StartingIn(folder), Text(folder, port, adminPort, backend, secret));
        return secret;
    }

    internal static SettingsResult Load(string folder, Surroundings surroundings) => SettingsLoader.Load(new SettingsSources
    {
        // The environment of the shell stays out: the demo is the same everywhere.
        ConfigFile = StartingIn(folder),
        BaseDirectory = surroundings.WorkingDirectory,
    });

    /// <summary>The demo runs: its configuration gets its name.</summary>
    internal static void Keep(string folder) => File.Move(StartingIn(folder), ConfigIn(folder), overwrite: true);

    private static string StartingIn(string folder) => ConfigIn(folder) + ".starting";

    private static string Text(string folder, int port, int adminPort, string backend, string secret) => string.Create(CultureInfo.InvariantCulture, $$"""
        // Written by `bascule demo`, anew at each start.
        {
          // Loopback, and no other name for it: a page whose name is turned to 127.0.0.1 (DNS rebinding) is refused, and so are pages of other origins.
          "listen": { "public": ["http://127.0.0.1:{{port}}"], "admin": "http://127.0.0.1:{{adminPort}}", "hosts": ["127.0.0.1", "localhost"], "origins": ["self"] },
          "auth": { "jwt": { "issuer": "{{Issuer}}", "audience": "{{Audience}}", "keys": ["secret:{{secret}}"] } },
          "pools": { "demo": { "nodes": ["{{backend}}"] } },
          "routes": [
            { "name": "experience", "path": "/ws/experience", "query": { "experience": ["wylding-woods"] }, "auth": "required", "pool": "demo" },
            { "name": "echo", "path": "/echo", "auth": "none", "pool": "demo" },
            { "name": "clock", "path": "/clock", "auth": "none", "pool": "demo" },
            { "name": "topics", "path": "/topics", "auth": "none", "topics": ["demo.*"], "publish": ["demo.*"] },
            { "name": "events", "path": "/events", "auth": "none", "pool": "demo" },
            { "name": "page", "path": "/", "auth": "none", "pool": "demo" }
          ],
          {{Sessions()}}"storage": "sqlite:demo.db",
          "stop": { "pause": "0s", "spread": "1s", "deadline": "5s" },
          "data": {{JsonSerializer.Serialize(folder)}}
        }

        """);

    /// <summary>A shell is given away here: only the token, which nobody but the user of this terminal sees, opens it.</summary>
    private static string Sessions() => !HasSessions ? "" : $$"""
        "sessions": {
            // Without a token there is no session, for no page and no program.
            "auth": "required",
            "profiles": {
              "shell": { "command": ["{{Shell()}}", "-l"] },
              // A caller brings the command; its first word is one of these. `"allow": ["*"]` would take any.
              "run": { "allow": ["sh", "seq", "uname", "date"], "tty": false, "deadline": "5m" }
            },
            "quota": { "perUser": 20, "creationRate": { "rate": "60/m", "burst": 20 } }
          },

        """ + "  ";

    /// <summary>That of most systems, or the one which each has.</summary>
    private static string Shell() => File.Exists("/bin/bash") || File.Exists("/usr/bin/bash") ? "bash" : "sh";
}
