using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Bascule.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bascule.Terminal.Tests;

/// <summary>A host of terminals on a port that the system gave, with a clock of the test.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private readonly PtyReactor _reactor;

    private TestHost(PtyReactor reactor, TerminalTable table, TerminalServer server, ManualTime time)
    {
        _reactor = reactor;
        Table = table;
        Server = server;
        Time = time;
        Http = new HttpClient { BaseAddress = server.Url, Timeout = TimeSpan.FromSeconds(60) };
    }

    internal TerminalTable Table { get; }

    internal TerminalServer Server { get; }

    internal ManualTime Time { get; }

    internal HttpClient Http { get; }

    internal static async Task<TestHost> StartAsync(ITerminalDoor? door = null, Func<TableRules, TableRules>? rules = null)
    {
        var time = new ManualTime();
        var mark = "test-" + Guid.NewGuid().ToString("N");
        var reactor = new PtyReactor(mark, NullLogger.Instance);
        var table = new TerminalTable((rules ?? (r => r))(new TableRules { Host = mark }), reactor, NullLoggerFactory.Instance, time);
        var server = await TerminalServer.StartAsync("http://127.0.0.1:0", table, door ?? new TestDoor(), NullLoggerFactory.Instance, time, CancellationToken.None);
        return new TestHost(reactor, table, server, time);
    }

    /// <summary>Starts a terminal, and says its id.</summary>
    internal string Start(string script, Func<TerminalOrder, TerminalOrder>? change = null, int mostViewers = 16) => Start(["sh", "-c", script], change, mostViewers);

    internal string Start(IReadOnlyList<string> command, Func<TerminalOrder, TerminalOrder>? change = null, int mostViewers = 16)
    {
        var id = Guid.NewGuid().ToString("N");
        var order = new TerminalOrder { Id = id, Command = command };
        Assert.Null(Table.Start((change ?? (o => o))(order), mostViewers));
        return id;
    }

    internal Task<TermClient> AttachAsync(string id, string client = "c1", string query = "") => TermClient.ConnectAsync(this, id, client, query);

    internal Uri WebSocketUrl(string id, string query = "") => new($"ws://{Server.Url.Authority}/v1/terminals/{id}/attach{query}");

    internal async Task<JsonNode> GetAsync(string path) => (await Http.GetFromJsonAsync<JsonNode>(path).Soon())!;

    internal HostedTerminal Find(string id) => Table.Find(id)!;

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await DriveAsync(Table.DisposeAsync().AsTask());
        await DriveAsync(Server.DisposeAsync().AsTask());
        _reactor.Dispose();
    }

    /// <summary>Moves the clock until a task is done that waits on it more than once: processes are given time to end.</summary>
    internal async Task<T> DriveAsync<T>(Task<T> task)
    {
        await DriveAsync((Task)task);
        return await task;
    }

    internal async Task DriveAsync(Task task)
    {
        await Waiting.UntilAsync(() =>
        {
            if (!task.IsCompleted)
                Time.Advance(TimeSpan.FromMilliseconds(50));
            return task.IsCompleted;
        });
        await task;
    }
}
