using System.Text.Json;
using Bascule.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Bascule.Cli.Tests;

/// <summary><c>bascule top --health</c>, before a server of which nothing else is known.</summary>
public sealed class TopHealthTests : IAsyncLifetime
{
    private const string Document = """{ "status": "ok", "checks": { "capacity": { "current": "7", "max": 12 } }, "shards": [ { "connections": 5, "slots": 6, "available": 1, "utilization": 83.3 }, { "connections": 2, "slots": 6 } ] }""";

    private readonly PaperTerminal _paper = new(80, 24);
    private WebApplication? _server;

    /// <summary>Null: the server hangs up.</summary>
    private volatile string? _answer = Document;

    private string Url => _server!.Urls.First() + "/health";

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.Run(async context =>
        {
            if (_answer is not { } answer)
            {
                context.Abort();
                return;
            }

            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            await context.Response.WriteAsync(answer);
        });
        await _server.StartAsync();
    }

    public ValueTask DisposeAsync() => _server!.DisposeAsync();

    [Fact]
    public async Task A_server_is_lost_and_found_again()
    {
        using var terminal = new Terminal { IsTerminal = true, Screen = _paper };
        _answer = null;
        var running = terminal.RunAsync("top", "--health", Url, "--every", "200ms");
        await _paper.SeesAsync("NO ANSWER yet", "cannot be asked");

        _answer = Document;
        await _paper.SeesAsync("ok  up –  7 of 12 slots", "2 shards  imbalance 3", "1         2      6      –      –");
        _answer = "<html>";
        await _paper.SeesAsync("NO ANSWER for", "no health document", "2 shards");
        _answer = Document;
        await _paper.SeesAsync("7 of 12 slots");
        _paper.Type("q");

        Assert.Equal(ExitCodes.Good, (await running).Code);
    }

    [Fact]
    public async Task Who_was_never_reached_is_told_by_the_exit_code()
    {
        using var terminal = new Terminal { IsTerminal = true, Screen = _paper };
        _answer = null;
        var running = terminal.RunAsync("top", "--health", Url, "--every", "200ms");
        await _paper.SeesAsync("NO ANSWER yet");
        _paper.Type("q");
        var (watched, once) = (await running, await terminal.RunAsync("top", "--health", Url, "--once"));

        Assert.Equal((ExitCodes.Unreachable, ExitCodes.Unreachable), (watched.Code, once.Code));
        Assert.Contains("cannot be asked", watched.Error);
        Assert.Contains("cannot be asked", once.Error);
    }

    [Fact]
    public async Task Lines_end_when_their_reader_has_gone()
    {
        await using var pipe = new RefusingWriter("Broken pipe");
        using var terminal = new Terminal { Pipe = pipe };

        var ran = await terminal.RunAsync("top", "--health", Url).Soon();

        Assert.Equal((ExitCodes.Good, ""), (ran.Code, ran.Error));
    }

    [Fact]
    public async Task Once_is_a_table_or_a_document()
    {
        using var terminal = new Terminal();

        var (table, document) = (await terminal.RunAsync("top", "--health", Url, "--once"), await terminal.RunAsync("top", "--health", Url, "--once", "--json"));

        Assert.Contains("shards:\n2 shards  imbalance 3", table.Standard);
        using var json = JsonDocument.Parse(document.Standard);
        var health = json.RootElement.GetProperty("health");
        Assert.Equal((7, 12, 3, 2), (health.GetProperty("connections").GetInt32(), health.GetProperty("capacity").GetInt32(), health.GetProperty("imbalance").GetInt32(), health.GetProperty("shards").GetArrayLength()));
        Assert.Equal(JsonValueKind.Null, health.GetProperty("shards")[1].GetProperty("available").ValueKind);
    }
}
