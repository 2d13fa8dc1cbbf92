using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Bascule.System.Tests;

/// <summary>A session is recorded, its recording fetched and proved; what was changed is not taken for it.</summary>
[Trait("Part", "sessions")]
public sealed class RecordingTests(RecordingTests.Stage stage) : IClassFixture<RecordingTests.Stage>
{
    [Fact]
    public async Task A_recorded_session_becomes_a_file_that_is_proved_until_a_byte_of_it_changes()
    {
        var id = await stage.RecordAsync("echo be$((1 + 1))fore; exit 3\r");
        var file = stage.File($"{id}.cast");

        var saved = await stage.CommandAsync("recording", id, "--output", file);
        var good = await BasculeCommand.RunAsync("session", "recording", "--verify", file);
        var lines = await File.ReadAllLinesAsync(file);
        var shown = JsonNode.Parse((await stage.CommandAsync("show", id, "--json")).Standard)!;

        Assert.Equal((0, file), (saved.ExitCode, saved.Standard));
        Assert.Equal(3, (int?)JsonNode.Parse(lines[0])!["version"]);
        Assert.Contains(lines, line => line.Contains("be2fore", StringComparison.Ordinal));
        Assert.True(good.ExitCode == 0, good.Output);
        Assert.Contains((string)shown["end"]!["recordingDigest"]!, good.Standard);

        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("be2fore", "be3fore", StringComparison.Ordinal));
        var changed = await BasculeCommand.RunAsync("session", "recording", "--verify", file);
        await File.WriteAllLinesAsync(file, lines[..^1]);
        var cut = await BasculeCommand.RunAsync("session", "recording", "--verify", file);
        Assert.Equal((1, 1), (changed.ExitCode, cut.ExitCode));
        Assert.Contains("was changed: the link on line", changed.Output);
        Assert.Contains("is not proved to its end", cut.Output);
    }

    [Fact]
    public async Task The_end_of_the_chain_is_in_the_audit_log()
    {
        var id = await stage.RecordAsync("exit 0\r");

        var entry = await Waiting.UntilAsync(
            async () => (await stage.Gateway.AdminTextAsync("/api/audit?kind=session_ended")).Split('\n').FirstOrDefault(line => line.Contains(id, StringComparison.Ordinal)),
            line => line is not null, () => "Its end is not in the audit log.");

        Assert.Matches("\"recordingDigest\":\"[0-9a-f]{64}\"", entry);
    }

    [Theory]
    [InlineData(1, "cannot be read", "--verify", "no-such-file.cast")]
    [InlineData(64, "Name a session")]
    [InlineData(64, "Name a session", "00000000000000000000000000000000", "--verify", "x.cast")]
    [InlineData(1, "404", "../../admin-token")]
    [InlineData(69, "does not know", "..")]
    [InlineData(1, "404", "%2e%2e%2fhost.json")]
    public async Task What_names_no_recording_is_said(int code, string words, params string[] arguments)
    {
        var file = stage.File("not-written");

        var ran = await stage.CommandAsync("recording", [.. arguments, "--output", file]);

        Assert.True(ran.ExitCode == code, $"{ran.ExitCode}: {ran.Output}");
        Assert.Contains(words, ran.Output);
        Assert.False(File.Exists(file));
    }

    [Theory]
    [InlineData("/api/sessions/../../sessions/host.json/recording")]
    [InlineData("/api/sessions/..%2f..%2fsessions%2fhost.json/recording")]
    [InlineData("/api/sessions/%2e%2e/%2e%2e/host.json/recording")]
    [InlineData("/api/sessions/..%5c..%5chost.json/recording")]
    [InlineData("/api/sessions/host.json%00/recording")]
    [InlineData("/api/sessions//etc/passwd/recording")]
    public async Task A_path_leads_to_no_other_file(string path)
    {
        // Clients of the library tidy paths up before they send them.
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        var gateway = new Uri(stage.Gateway.PublicUrls[0]);
        await socket.ConnectAsync(IPAddress.Parse(gateway.Host), gateway.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {gateway.Authority}\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(new NetworkStream(socket));

        var answer = await reader.ReadToEndAsync();

        Assert.Matches("^HTTP/1.1 4[0-9][0-9] ", answer);
        Assert.DoesNotContain("\"key\"", answer);
        Assert.DoesNotContain("root:", answer);
    }

    /// <summary>A gateway whose shells are recorded.</summary>
    public sealed class Stage : IAsyncLifetime
    {
        private GatewayProcess? _gateway;

        internal GatewayProcess Gateway => _gateway!;

        public async ValueTask InitializeAsync() => _gateway = await GatewayProcess.StartAsync("""
            "sessions": { "auth": "none", "profiles": { "taped": { "command": ["bash", "--norc", "--noprofile"], "recording": "output" } } }
            """);

        public async ValueTask DisposeAsync()
        {
            if (_gateway is not null)
                await SessionGateway.EndAsync(_gateway);
        }

        internal string File(string name) => Path.Combine(Gateway.DataFolder, name);

        internal Task<BasculeCommand> CommandAsync(string verb, params IEnumerable<string> arguments) => BasculeCommand.RunAsync(["session", verb, "--url", Gateway.PublicUrls[0], .. arguments]);

        /// <summary>A session in which this was typed, and which is over by that; its id.</summary>
        internal async Task<string> RecordAsync(string typed)
        {
            var id = (await CommandAsync("create", "--profile", "taped")).Standard.Split('\n')[0];
            using (var socket = await TerminalSocket.ConnectAsync($"{Gateway.WebSocketUrl}/ws/session/{id}/", new TerminalHello("tape"), token: null))
            {
                await socket.TypeAsync(typed);
                while (await socket.ReceiveAsync() is not null)
                {
                    // To its end.
                }
            }

            await Waiting.UntilAsync(
                async () => (string?)JsonNode.Parse((await CommandAsync("show", id, "--json")).Standard)!["state"], state => state == "ended", () => "It does not end.");
            return id;
        }
    }
}
