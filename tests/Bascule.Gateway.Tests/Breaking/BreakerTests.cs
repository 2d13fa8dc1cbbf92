using System.Text.Json;
using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>A node that fails its clients, and the way back.</summary>
public sealed class BreakerTests : GatewayTest
{
    private BasculeSettings Strict => Settings.WithPool(p => p with { Breaker = p.Breaker with { Failures = 3 }, Queue = p.Queue with { Length = 0 } });

    [Fact]
    public async Task A_node_whose_connections_die_early_is_ejected_and_one_that_lives_brings_it_back()
    {
        await StartAsync(Strict);
        for (var i = 0; i < 3; i++)
            await DieAsync();

        Assert.Equal("ejected", await StateAsync());
        var refused = await Gateway.AnswerAsync(new Ask("/ws"));
        Assert.Equal(503, refused.Status);
        Assert.Contains(EndReasons.NoUsableNode.Label, refused.Body, StringComparison.Ordinal);

        Gateway.Time.Advance(TimeSpan.FromSeconds(10));
        await Gateway.JoinAsync(Backend);
        Assert.Equal(("trying", 503), (await StateAsync(), (await Gateway.AnswerAsync(new Ask("/ws"))).Status));
        Gateway.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal("up", await StateAsync());
        await Gateway.JoinAsync(Backend);
    }

    [Fact]
    public async Task A_trial_that_dies_ejects_it_for_twice_as_long()
    {
        await StartAsync(Strict);
        for (var i = 0; i < 3; i++)
            await DieAsync();
        Gateway.Time.Advance(TimeSpan.FromSeconds(10));
        await DieAsync();

        Gateway.Time.Advance(TimeSpan.FromSeconds(19));
        Assert.Equal("ejected", await StateAsync());
        Gateway.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("trying", await StateAsync());
    }

    [Fact]
    public async Task Clients_that_leave_are_no_fault_of_the_node()
    {
        await StartAsync(Strict);
        for (var i = 0; i < 4; i++)
        {
            var (client, backend) = await Gateway.JoinAsync(Backend);
            client.Reset();
            await backend.ReadCloseAsync();
            backend.Dispose();
            await Gateway.NothingIsLeftAsync();
        }

        Assert.Equal("up", await StateAsync());
    }

    [Fact]
    public async Task The_slot_is_free_as_soon_as_the_back_end_is_done_though_the_client_has_not_hung_up()
    {
        await StartAsync(Settings.WithPool(p => p with { SlotsPerNode = 1 }));
        var (client, backend) = await Gateway.JoinAsync(Backend);

        await backend.SendCloseAsync(1000, "done", masked: false);
        await client.ReadCloseAsync();
        await client.SendCloseAsync(1000, "done", masked: true);
        await backend.ReadCloseAsync();
        backend.Dispose();

        await Eventually.HoldsAsync(() => Gateway.SlotsInUse == 0);
        Assert.Equal(1, Gateway.Rooms.Journal.OpenCount);
        await Gateway.JoinAsync(Backend);
    }

    /// <summary>Opens, and is cut by the back end at once.</summary>
    private async Task DieAsync()
    {
        var (client, backend) = await Gateway.JoinAsync(Backend);
        backend.Reset();
        await client.ReadCloseAsync();
        client.Reset();
        await Gateway.NothingIsLeftAsync();
    }

    private async Task<string?> StateAsync() =>
        JsonDocument.Parse(await Gateway.AdminAsync("/api/pools/pool")).RootElement.GetProperty("nodes")[0].GetProperty("state").GetString();
}
