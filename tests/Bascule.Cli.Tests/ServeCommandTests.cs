using System.Net;
using System.Net.Sockets;

namespace Bascule.Cli.Tests;

/// <summary>What keeps <c>serve</c> and <c>demo</c> from starting, and what they say then.</summary>
public sealed class ServeCommandTests
{
    [Fact]
    public async Task Without_any_route_serve_says_how_to_begin_and_leaves_nothing_behind()
    {
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync("serve");

        Assert.Equal((ExitCodes.FoundFault, ""), (ran.Code, ran.Standard));
        Assert.StartsWith("No route is configured: there is no bascule.json here", ran.Error);
        Assert.Contains("bascule demo", ran.Error);
        Assert.Empty(terminal.Files);
    }

    [Fact]
    public async Task A_file_without_routes_is_named()
    {
        using var terminal = new Terminal().With("empty.json", "{}");

        var (served, checkedOnly) = (await terminal.RunAsync("serve", "--config", "empty.json"), await terminal.RunAsync("config", "check", "--config", "empty.json"));

        Assert.Equal((ExitCodes.FoundFault, ExitCodes.Good), (served.Code, checkedOnly.Code));
        Assert.Contains("empty.json.", served.Error);
        Assert.Contains("note: no route is configured", checkedOnly.Standard);
    }

    [Theory]
    [InlineData("taken", "recordings", "the folder data (")]
    [InlineData("data", "../taken", "for recordings cannot be written")]
    public async Task A_folder_that_cannot_be_written_is_named_before_anything_opens(string data, string recordings, string words)
    {
        using var terminal = new Terminal().With("taken", "").With("bascule.json", $$"""
            {
              "listen": { "public": ["http://127.0.0.1:0"], "admin": "http://127.0.0.1:0" },
              "data": "{{data}}",
              "sessions": { "auth": "none", "recordings": "{{recordings}}", "profiles": { "shell": { "command": ["sh"], "recording": "output" } } }
            }
            """);

        var ran = await terminal.RunAsync("serve");

        Assert.Equal(ExitCodes.Unreachable, ran.Code);
        Assert.StartsWith("The gateway cannot start: ", ran.Error);
        Assert.Contains(words, ran.Error);
        Assert.DoesNotContain("Listening", ran.Standard);
    }

    [Fact]
    public async Task A_certificate_that_is_none_is_named()
    {
        using var terminal = new Terminal().With("site.pem", "no certificate");
        terminal.With("bascule.json", $$"""
            {
              "listen": { "public": [{ "url": "https://127.0.0.1:0", "certificate": "{{terminal.Directory}}/site.pem", "certificateKey": "{{terminal.Directory}}/site.pem" }], "admin": "off" },
              "pools": { "kb": { "nodes": ["http://127.0.0.1:8001"] } },
              "routes": [ { "name": "experience", "path": "/ws/experience", "auth": "none", "pool": "kb" } ]
            }
            """);

        var ran = await terminal.RunAsync("serve");

        Assert.Equal(ExitCodes.Unreachable, ran.Code);
        Assert.StartsWith($"The gateway cannot start: the certificate {terminal.Directory}/site.pem with the key ", ran.Error);
    }

    [Fact]
    public async Task An_address_of_another_machine_has_advice_of_its_own()
    {
        using var terminal = new Terminal().With("bascule.json", """
            {
              "listen": { "public": ["http://192.0.2.1:0"], "admin": "off" },
              "pools": { "kb": { "nodes": ["http://127.0.0.1:8001"] } },
              "routes": [ { "name": "experience", "path": "/ws/experience", "auth": "none", "pool": "kb" } ]
            }
            """);

        var ran = await terminal.RunAsync("serve");

        Assert.Equal(ExitCodes.Unreachable, ran.Code);
        Assert.EndsWith("Name an address of this machine, or 0.0.0.0 for all of them.\n", ran.Error);
    }

    [Theory]
    [InlineData("serve", "listen.public.0.url=http://0.0.0.0:8700 for clients")]
    [InlineData("demo", "--port 9000 --admin-port 9001")]
    public async Task A_port_that_is_taken_is_told_in_one_sentence_with_the_remedy_that_fits(string command, string remedy)
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        using var terminal = new Terminal().With("bascule.json", $$"""
            {
              "listen": { "public": ["http://127.0.0.1:{{port}}"], "admin": "off" },
              "pools": { "kb": { "nodes": ["http://127.0.0.1:8001"] } },
              "routes": [ { "name": "experience", "path": "/ws/experience", "auth": "none", "pool": "kb" } ]
            }
            """);

        var ran = await terminal.RunAsync(command == "demo" ? ["demo", "--port", $"{port}", "--admin-port", "0"] : ["serve"]);

        Assert.Equal(ExitCodes.Unreachable, ran.Code);
        Assert.StartsWith("A listener could not be opened: ", ran.Error);
        Assert.Contains($"127.0.0.1:{port}", ran.Error);
        Assert.Contains(remedy, ran.Error);
        Assert.Single(ran.Error.TrimEnd().Split('\n'));
    }
}
