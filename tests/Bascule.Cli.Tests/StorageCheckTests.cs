using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Bascule.Cli.Tests;

/// <summary><c>bascule config check</c> tries the storage.</summary>
public sealed class StorageCheckTests
{
    [Fact]
    public async Task A_storage_that_opens_is_named()
    {
        using var terminal = new Terminal().With("bascule.json", """{ "storage": "sqlite:bascule.db", "data": "data" }""");

        var ran = await terminal.RunAsync("config", "check");

        Assert.Equal((ExitCodes.Good, ""), (ran.Code, ran.Error));
        Assert.Matches("storage: .*(?i:sqlite).* answers\n", ran.Standard);
    }

    [Fact]
    public async Task One_that_does_not_is_told_with_what_was_tried_and_what_to_do()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var terminal = new Terminal().With("bascule.json", $$"""{ "storage": "redis://:hunter2@{{taken.LocalEndPoint}}/0" }""");

        var (text, json) = (await terminal.RunAsync("config", "check"), await terminal.RunAsync("config", "check", "--json"));

        Assert.Equal((ExitCodes.FoundFault, ExitCodes.FoundFault), (text.Code, json.Code));
        Assert.StartsWith("storage: ", text.Error);
        Assert.Contains(taken.LocalEndPoint!.ToString()!, text.Error);
        Assert.DoesNotContain("hunter2", text.Error + text.Standard + json.Standard);
        using var document = JsonDocument.Parse(json.Standard);
        Assert.False(document.RootElement.GetProperty("good").GetBoolean());
        Assert.NotNull(document.RootElement.GetProperty("storage").GetProperty("problem").GetString());
    }

    [Fact]
    public async Task One_that_never_answers_is_given_up()
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen();
        using var terminal = new Terminal().With("bascule.json", $$"""{ "storage": "redis://{{silent.LocalEndPoint}}/0" }""");

        var ran = await terminal.RunAsync("config", "check");

        Assert.Equal(ExitCodes.FoundFault, ran.Code);
        Assert.StartsWith("storage: ", ran.Error);
    }

    [Fact]
    public async Task Offline_it_is_not_tried()
    {
        using var terminal = new Terminal().With("bascule.json", """{ "storage": "redis://127.0.0.1:1/0" }""");

        var ran = await terminal.RunAsync("config", "check", "--offline");

        Assert.Equal((ExitCodes.Good, ""), (ran.Code, ran.Error));
        Assert.StartsWith("good: ", ran.Standard);
    }
}
