using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Bascule.Testing;

namespace Bascule.Terminal.Tests;

/// <summary>What a gateway gets from a host.</summary>
public sealed class HostApiTests
{
    [Fact]
    public async Task A_terminal_is_ordered_shown_listed_and_deleted_with_its_processes()
    {
        await using var host = await TestHost.StartAsync();

        var made = await PutAsync(host, "s1", new JsonObject { ["command"] = new JsonArray("sleep", "1000"), ["tty"] = false });
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var shown = await host.GetAsync("v1/terminals/s1");
        Assert.Equal(("s1", "running", false, 0), ((string)shown["id"]!, (string)shown["state"]!, (bool)shown["tty"]!, (int)shown["viewers"]!));
        var list = await host.GetAsync("v1/terminals");
        Assert.Equal("s1", (string)Assert.Single(list["terminals"]!.AsArray())!["id"]!);

        var deleting = host.Http.DeleteAsync("v1/terminals/s1?cause=idle");
        Assert.Equal(HttpStatusCode.NoContent, (await host.DriveAsync(deleting)).StatusCode);

        Assert.False(Directory.Exists($"/proc/{(int)shown["pid"]!}"));
        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.GetAsync("v1/terminals/s1").Soon()).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.DeleteAsync("v1/terminals/s1").Soon()).StatusCode);
        var changes = await host.GetAsync("v1/changes?after=0");
        var ended = changes["changes"]!.AsArray().Single(c => (string)c!["kind"]! == "ended")!;
        Assert.Equal("idle", (string)ended["exit"]!["cause"]!);
        Assert.Equal(["started", "ended", "forgotten"], changes["changes"]!.AsArray().Select(c => (string)c!["kind"]!));
    }

    [Theory]
    [InlineData("""{"command":["no-such-program-anywhere"]}""", 422, "command_not_found")]
    [InlineData("""{"command":["sh"],"workingDirectory":"/no/such/folder"}""", 422, "working_directory")]
    [InlineData("""{"command":["sh"],"recording":"output"}""", 422, "recording_unavailable")]
    [InlineData("""{"command":[]}""", 400, "order_invalid")]
    [InlineData("""{"command":"sh"}""", 400, "order_invalid")]
    [InlineData("""{"command":["sh"],"key":"short"}""", 400, "order_invalid")]
    [InlineData("""{"command":["sh"],"idleSeconds":-1}""", 400, "order_invalid")]
    [InlineData("""{"command":["sh"],"recording":"all"}""", 400, "order_invalid")]
    [InlineData("""{"command":["sh"],"environment":{"A":null}}""", 400, "order_invalid")]
    [InlineData("""{"command":["sh"],"outputCap":8388609}""", 400, "order_invalid")]
    [InlineData("null", 400, "order_invalid")]
    [InlineData("{", 400, "order_invalid")]
    public async Task An_order_that_cannot_be_is_refused_with_a_label(string order, int status, string label)
    {
        await using var host = await TestHost.StartAsync();

        using var content = new StringContent(order);
        var answer = await host.Http.PutAsync(new Uri("v1/terminals/s1", UriKind.Relative), content).Soon();
        var problem = await answer.Content.ReadFromJsonAsync<JsonNode>();

        Assert.Equal((status, label), ((int)answer.StatusCode, (string)problem!["label"]!));
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(0, host.Table.Count);
    }

    [Fact]
    public async Task A_name_that_is_taken_or_none_is_refused()
    {
        await using var host = await TestHost.StartAsync();
        var order = new JsonObject { ["command"] = new JsonArray("cat") };
        await PutAsync(host, "s1", order);

        Assert.Equal(HttpStatusCode.Conflict, (await PutAsync(host, "s1", order)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await PutAsync(host, "..%2fs1", order)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await PutAsync(host, "S1", order)).StatusCode);
    }

    [Fact]
    public async Task A_host_has_at_most_as_many_terminals_as_it_may()
    {
        await using var host = await TestHost.StartAsync(rules: r => r with { MostTerminals = 1 });
        host.Start("cat");

        Assert.Equal(HttpStatusCode.TooManyRequests, (await PutAsync(host, "s2", new JsonObject { ["command"] = new JsonArray("cat") })).StatusCode);
    }

    [Fact]
    public async Task An_agent_takes_no_orders()
    {
        await using var host = await TestHost.StartAsync(rules: r => r with { TakesOrders = false });

        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await PutAsync(host, "s1", new JsonObject { ["command"] = new JsonArray("cat") })).StatusCode);
    }

    [Fact]
    public async Task The_result_of_a_command_has_both_streams_cut_at_the_cap()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("printf 0123456789; printf err >&2; exit 3", o => o with { Tty = false, OutputCap = 4 });
        await host.Find(id).Ended.Soon();

        var result = await host.GetAsync($"v1/terminals/{id}/result");

        Assert.Equal("0123"u8.ToArray(), Convert.FromBase64String((string)result["stdout"]!));
        Assert.Equal("err"u8.ToArray(), Convert.FromBase64String((string)result["stderr"]!));
        Assert.Equal((10L, 3L, true, 3), ((long)result["stdoutBytes"]!, (long)result["stderrBytes"]!, (bool)result["truncated"]!, (int)result["exit"]!["code"]!));
        Assert.Equal("err", await host.Http.GetStringAsync($"v1/terminals/{id}/result?channel=2").Soon());
    }

    [Fact]
    public async Task The_result_of_a_terminal_is_what_its_ring_has_and_202_says_that_it_runs()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("echo here; cat");
        await Waiting.UntilAsync(() => host.Find(id).Terminal.Output.End == 6);

        var answer = await host.Http.GetAsync($"v1/terminals/{id}/result?channel=1").Soon();

        Assert.Equal((HttpStatusCode.Accepted, "here\r\n"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task A_host_that_ends_lets_who_asks_for_changes_wait_a_second_and_not_ask_without_a_pause()
    {
        await using var host = await TestHost.StartAsync();
        await host.DriveAsync(host.Table.StopAllAsync());
        var armed = host.Time.ArmedTimers;

        var asking = host.GetAsync("v1/changes?after=0&wait=25");
        await Waiting.UntilAsync(() => asking.IsCompleted || host.Time.ArmedTimers > armed);
        Assert.False(asking.IsCompleted);
        host.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Empty((await asking.Soon())["changes"]!.AsArray());
    }

    [Fact]
    public async Task The_key_of_a_terminal_that_was_here_is_still_known_so_that_who_comes_hears_that_it_is_over()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("exit 0", o => o with { Key = "a key of sixteen or more" });
        Assert.True(await host.DriveAsync(host.Table.DeleteAsync(id, EndCause.Deleted)));

        Assert.Equal(("a key of sixteen or more", true, null), (host.Table.KeyOf(id), host.Table.IsForgotten(id), host.Table.KeyOf("never-here")));
    }

    [Fact]
    public async Task Who_asks_for_changes_waits_until_there_are_some()
    {
        await using var host = await TestHost.StartAsync();
        var asking = host.GetAsync("v1/changes?after=0&wait=25");
        var id = host.Start("read x");

        var changes = await asking.Soon();
        Assert.Equal((1L, "started", id), ((long)changes["last"]!, (string)changes["changes"]![0]!["kind"]!, (string)changes["changes"]![0]!["terminal"]!));

        var timers = host.Time.ArmedTimers;
        var waiting = host.GetAsync("v1/changes?after=1&wait=25");
        await Waiting.UntilAsync(() => host.Time.ArmedTimers > timers);
        host.Time.Advance(TimeSpan.FromSeconds(25));
        var none = await waiting.Soon();
        Assert.Empty(none["changes"]!.AsArray());
        Assert.False((bool)none["lost"]!);
    }

    [Fact]
    public async Task What_is_not_remembered_is_said_to_be_lost()
    {
        await using var host = await TestHost.StartAsync();
        for (var i = 0; i <= ChangeLog.MostKept; i++)
            host.Table.Changes.Add("activity", "s1");

        Assert.True((bool)(await host.GetAsync("v1/changes?after=0"))["lost"]!);
        Assert.True((bool)(await host.GetAsync($"v1/changes?after={ChangeLog.MostKept + 2}"))["lost"]!);
        Assert.Equal(ChangeLog.MostKept, (await host.GetAsync("v1/changes?after=1"))["changes"]!.AsArray().Count);
    }

    [Fact]
    public async Task Activity_is_told_once_a_minute()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("cat");
        host.Time.Advance(TimeSpan.FromMinutes(1));
        host.Time.Advance(TimeSpan.FromMinutes(1));

        var kinds = (await host.GetAsync("v1/changes?after=0"))["changes"]!.AsArray().Select(c => (string)c!["kind"]!);

        Assert.Equal(["started", "activity"], kinds);
        Assert.NotNull(host.Find(id));
    }

    [Fact]
    public async Task What_ended_is_kept_for_a_while_and_then_forgotten()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("exit 0");
        await host.Find(id).Ended.Soon();
        var forgotten = host.Table.WhenForgottenAsync(id);
        Assert.Equal("ended", (string)(await host.GetAsync($"v1/terminals/{id}"))["state"]!);

        await Waiting.UntilAsync(() =>
        {
            host.Time.Advance(host.Table.Rules.KeepEnded);
            return forgotten.IsCompleted;
        });

        Assert.Equal(0, host.Table.Count);
    }

    [Fact]
    public async Task Health_is_open_and_says_when_the_host_stops()
    {
        await using var host = await TestHost.StartAsync(new SecretDoor("a secret of the host"));
        var health = await host.GetAsync("health");
        Assert.Equal(("healthy", 0), ((string)health["status"]!, (int)health["terminals"]!));
        host.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.FromMinutes(1), host.Server.SinceAsked);

        await host.DriveAsync(host.Table.StopAllAsync());

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await host.Http.GetAsync("health").Soon()).StatusCode);
    }

    [Fact]
    public async Task A_terminal_can_be_ended_and_kept_for_what_it_leaves()
    {
        await using var host = await TestHost.StartAsync();
        await PutAsync(host, "s1", new JsonObject { ["command"] = new JsonArray("sh", "-c", "echo said; sleep 1000"), ["tty"] = false });
        await host.Find("s1").Terminal.Output.ReadUntilAsync("said");

        Assert.Equal(HttpStatusCode.NoContent, (await host.DriveAsync(host.Http.DeleteAsync("v1/terminals/s1?cause=deleted&keep=true"))).StatusCode);

        Assert.Equal("deleted", (string)(await host.GetAsync("v1/terminals/s1"))["exit"]!["cause"]!);
        Assert.Equal("said\n", await host.Http.GetStringAsync("v1/terminals/s1/result?channel=1").Soon());
        Assert.Equal(HttpStatusCode.NoContent, (await host.Http.DeleteAsync("v1/terminals/s1?keep=false").Soon()).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.GetAsync("v1/terminals/s1").Soon()).StatusCode);
    }

    [Fact]
    public async Task An_attach_without_an_upgrade_and_an_unknown_address_are_told_so()
    {
        await using var host = await TestHost.StartAsync();

        Assert.Equal(HttpStatusCode.UpgradeRequired, (await host.Http.GetAsync("v1/terminals/s1/attach").Soon()).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.GetAsync("v2/anything").Soon()).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await host.Http.GetAsync("v1/changes?after=x").Soon()).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await host.Http.DeleteAsync("v1/terminals/s1?cause=boredom").Soon()).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await host.Http.DeleteAsync("v1/terminals/s1?cause=exited").Soon()).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await host.Http.DeleteAsync("v1/terminals/s1?keep=maybe").Soon()).StatusCode);
    }

    private static async Task<HttpResponseMessage> PutAsync(TestHost host, string id, JsonNode order)
    {
        using var content = JsonContent.Create(order);
        return await host.Http.PutAsync($"v1/terminals/{id}", content).Soon();
    }
}
