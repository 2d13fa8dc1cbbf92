using Bascule.Model;
using Bascule.Storage.Tests;
using StackExchange.Redis;

namespace Bascule.System.Tests;

/// <summary>The storage goes away under 2,000 live connections, and comes back.</summary>
public abstract class StorageLost<TEngine> : IAsyncLifetime
    where TEngine : StoreEngine, new()
{
    private const int Users = 20;

    private const int PerUser = 100;

    private readonly string[] _tokens = [.. Enumerable.Range(0, Users).Select(i => TestToken.Of($"user-{i}"))];
    private BackendProcess? _echo;
    private GatewayProcess? _gateway;

    internal TEngine Engine { get; } = new();

    private GatewayProcess Gateway => _gateway!;

    public async ValueTask InitializeAsync()
    {
        await Engine.InitializeAsync();
        _echo = await BackendProcess.EchoAsync("mjs");
        _gateway = await GatewayProcess.StartAsync($$"""
            "storage": "{{Engine.Address}}",
            {{TestToken.Auth}},
            "pools": { "echo": { "nodes": ["{{_echo.Url}}"] } },
            "routes": [{ "name": "echo", "path": "/echo", "auth": "required", "pool": "echo", "limits": { "connectionsPerUser": {{PerUser}} } }]
            """);
        await _gateway.Process.LineAsync("ClusterConnected");
    }

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
            await _gateway.DisposeAsync();
        if (_echo is not null)
            await _echo.DisposeAsync();
        await Engine.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task No_connection_notices_and_every_limit_holds_before_meanwhile_and_after()
    {
        var clients = await Crowd.ConnectAsync(Gateway, "/echo", Enumerable.Range(0, Users * PerUser).Select(i => _tokens[i % Users]));
        await using var traffic = new Traffic(clients);
        await AreAllFullAsync();
        // An engine that the storm of attempts kept waiting counts as lost for a moment.
        await Waiting.UntilAsync(() => Gateway.AdminTextAsync("/readyz"), text => text.Contains("connected to ", StringComparison.Ordinal), Gateway.Process.Report);
        await AreAllFullAsync();
        await traffic.ComesThroughAsync();

        var lostAt = Figures.Now;
        await Engine.KillAsync();
        await Waiting.UntilAsync(() => Gateway.AdminTextAsync("/readyz"), text => text.Contains(" is lost since ", StringComparison.Ordinal), Gateway.Process.Report);
        Figures.Tell("/readyz said that the storage is lost", lostAt);
        await AreAllFullAsync();
        await OneOutOneInAsync();
        await traffic.ComesThroughAsync();

        var backAt = Figures.Now;
        await Engine.ReviveAsync();
        await Waiting.UntilAsync(() => Gateway.AdminTextAsync("/readyz"), text => text.Contains("connected to ", StringComparison.Ordinal), Gateway.Process.Report);
        Figures.Tell("/readyz said that the storage is back", backAt);
        await AreAllFullAsync();
        await OneOutOneInAsync();
        await traffic.ComesThroughAsync();
        await traffic.StopAsync();
        Figures.Tell($"rounds of 2,000 messages: {traffic.Rounds}");
        Assert.Equal(Users * PerUser, await Gateway.SlotsInUseAsync());

        await Crowd.CloseAsync(clients);
        await Gateway.NoSlotStaysInUseAsync();
        await NothingIsCountedAsync();
        var again = new List<RawClient>();
        while (again.Count < PerUser)
            again.Add(await ComesInAsync(_tokens[0]));
        await IsFullAsync(_tokens[0]);
        await Crowd.CloseAsync(again);
    }

    /// <summary>Waits until the storage itself counts nothing any more, where it counts.</summary>
    private protected virtual Task NothingIsCountedAsync() => Task.CompletedTask;

    private async Task IsFullAsync(string token)
    {
        var (client, refusal) = await RawClient.TryConnectAsync(Gateway.WebSocketUrl + "/echo", token);
        client?.Dispose();
        Assert.Contains(EndReasons.TooManyConnections.Label, refusal, StringComparison.Ordinal);
    }

    /// <summary>In time: a place is free when both sides of its last connection are over and the storage was told, which is after the client's goodbye and after its slot is free.</summary>
    private async Task<RawClient> ComesInAsync(string token) =>
        (await Waiting.UntilAsync(() => RawClient.TryConnectAsync(Gateway.WebSocketUrl + "/echo", token), answer => answer.Client is not null, Gateway.Process.Report)).Client!;

    private Task AreAllFullAsync() => Task.WhenAll(_tokens.Select(IsFullAsync));

    /// <summary>The limit is exact: with a place free one comes in, and no second one.</summary>
    private async Task OneOutOneInAsync()
    {
        var token = TestToken.Of("guest");
        var guests = await Crowd.ConnectAsync(Gateway, "/echo", Enumerable.Repeat(token, PerUser));
        await IsFullAsync(token);
        await guests[0].CloseAsync();
        guests[0].Dispose();
        guests[0] = await ComesInAsync(token);
        await IsFullAsync(token);
        await Crowd.CloseAsync(guests);
        await Waiting.UntilAsync(Gateway.SlotsInUseAsync, n => n == Users * PerUser, Gateway.Process.Report);
    }
}

/// <summary>Killed, and back without anything that it knew.</summary>
[Collection(nameof(AloneTests))]
public sealed class RedisLostTests : StorageLost<RedisEngine>
{
    // The empty key says that the epoch counts; the others are what is taken.
    private const string SumOfCounts = """
        local sum = 0
        for _, key in ipairs(redis.call('KEYS', '*:counts:*')) do
          local pairs = redis.call('HGETALL', key)
          for i = 1, #pairs, 2 do if pairs[i] ~= '' then sum = sum + pairs[i + 1] end end
        end
        return sum
        """;

    private protected override async Task NothingIsCountedAsync()
    {
        var address = new Uri(Engine.Address);
        using var connection = await ConnectionMultiplexer.ConnectAsync($"{address.Authority},password={Uri.UnescapeDataString(address.UserInfo[1..])}");
        await Waiting.UntilAsync(async () => (long)await connection.GetDatabase().ScriptEvaluateAsync(SumOfCounts), sum => sum == 0, () => "");
    }
}

/// <summary>Stopped at once, as by <c>pg_ctl -m immediate</c>, and started anew.</summary>
[Collection(nameof(AloneTests))]
public sealed class PostgresLostTests : StorageLost<PostgresEngine>;

/// <summary>Another program locks the file, and lets it go.</summary>
[Collection(nameof(AloneTests))]
public sealed class SqliteLockedTests : StorageLost<SqliteEngine>;
