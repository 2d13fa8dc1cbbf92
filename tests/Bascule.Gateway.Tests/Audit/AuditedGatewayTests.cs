using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>What a gateway writes into its audit log while it works.</summary>
public sealed class AuditedGatewayTests : GatewayTest
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bascule-audit-").FullName;

    private string AuditPath => Path.Combine(_folder, "audit.ndjson");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_life_of_a_gateway_and_of_its_connections_is_there_in_order()
    {
        await StartAsync(Settings with { Data = _folder, Audit = new AuditSettings() });
        var refused = (await Gateway.AnswerAsync(new Ask("/guarded"))).Field("X-Bascule-Attempt");
        var (client, backend) = await Gateway.JoinAsync(Backend);
        await client.SendTextAsync("hello", masked: true);
        await backend.ReadFrameAsync();
        client.Reset();
        await backend.ReadCloseAsync();
        backend.Finish();
        await Eventually.HoldsAsync(() => Gateway.Rooms.Sweep.Count == 0);
        await using (new Stop(Gateway))
        {
        }

        await Gateway.DisposeAsync();
        var lines = await File.ReadAllLinesAsync(AuditPath);

        Assert.Equal(["gateway_started", "connection_refused", "connection_opened", "connection_ended", "gateway_stopped"], lines.Select(l => AuditBench.Text(l, "kind")));
        Assert.Equal((refused, "token_missing", "guarded"), (AuditBench.Text(lines[1], "attempt"), AuditBench.Text(lines[1], "reason"), AuditBench.Text(lines[1], "route")));
        Assert.Equal(AuditBench.Text(lines[2], "attempt"), AuditBench.Text(lines[3], "attempt"));
        Assert.Equal(("client_lost", "1", Backend.Name), (AuditBench.Text(lines[3], "reason"), AuditBench.Text(lines[3], "toBackendMessages"), AuditBench.Text(lines[3], "node")));
    }

    [Fact]
    public async Task Where_a_route_asks_for_it_each_message_is_there_with_its_size_and_without_its_content()
    {
        await StartAsync((Settings with { Data = _folder, Audit = new AuditSettings() }).WithRoutes(Configured.Route("open", "/ws") with { AuditMessages = true }));
        var (client, backend) = await Gateway.JoinAsync(Backend);
        await client.SendTextAsync("hello", masked: true);
        await backend.ReadFrameAsync();
        await backend.SendAsync([0x02, 3, 1, 2, 3, 0x89, 0, 0x80, 2, 4, 5]);
        await client.ReadFrameAsync();
        await client.ReadFrameAsync();
        await client.ReadFrameAsync();
        client.Reset();
        await backend.ReadCloseAsync();
        backend.Finish();
        await Eventually.HoldsAsync(() => Gateway.Rooms.Sweep.Count == 0);
        await Gateway.DisposeAsync();

        var text = await File.ReadAllTextAsync(AuditPath);
        var messages = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => AuditBench.Text(l, "kind") == "message")
            .Select(l => (AuditBench.Text(l, "direction"), AuditBench.Text(l, "type"), AuditBench.Text(l, "bytes"), AuditBench.Text(l, "frames")));

        // A binary message in two frames, with a ping between them that is no message.
        Assert.Equal([("client_to_backend", "text", "5", "1"), ("backend_to_client", "binary", "5", "2")], messages);
        Assert.DoesNotContain("hello", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_that_is_full_does_not_stop_the_traffic()
    {
        File.CreateSymbolicLink(AuditPath, "/dev/full");
        await StartAsync(Settings with { Data = _folder, Audit = new AuditSettings() });
        await Eventually.HoldsAsync(() => Gateway.Rooms.Audit.Fault is not null);

        var (client, backend) = await Gateway.JoinAsync(Backend);
        await client.SendTextAsync("hello", masked: true);

        Assert.Equal("hello", (await backend.ReadFrameAsync()).Text);
    }
}
