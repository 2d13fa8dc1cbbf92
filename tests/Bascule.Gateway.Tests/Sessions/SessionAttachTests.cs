using System.Text.Json;
using Bascule.Protocol;
using Bascule.Sessions;
using Bascule.Terminal;

namespace Bascule.Gateway.Tests;

/// <summary>Clients on their way to sessions: what they are told, and what their host learns of them.</summary>
public sealed class SessionAttachTests
{
    [Fact]
    public async Task A_client_reaches_its_session_and_frames_pass_unchanged()
    {
        await using var bench = await SessionBench.StartAsync();
        var id = await bench.CreateAsync(bench.TokenOf("alice"));

        var client = await bench.AttachAsync(id, bench.TokenOf("alice"));
        var answer = await client.ReadAnswerAsync();
        var seen = await bench.Host.AttachedAsync();
        await client.SendFrameAsync(Opcode.Binary, [16, (byte)'{', (byte)'}'], masked: true);
        Assert.Equal([16, (byte)'{', (byte)'}'], await seen.ReadAsync());
        await seen.SendAsync(1, "hello");

        Assert.Equal((101, "bascule.term.v1"), (answer.Status, answer.Field("Sec-WebSocket-Protocol")));
        Assert.Equal((1, "hello"), await SessionBench.FrameAsync(client));
        Assert.Equal(("alice", ViewerRole.Write, answer.Field("X-Bascule-Attempt")), (seen.Caller.User, seen.Caller.Role, seen.Caller.Attempt));
    }

    [Fact]
    public async Task A_host_learns_nothing_of_the_request_but_who_it_is_and_how_it_wants_to_be_served()
    {
        await using var bench = await SessionBench.StartAsync();
        var id = await bench.CreateAsync(bench.TokenOf("alice"));

        await bench.AttachAsync(id, token: null, $"?token={bench.TokenOf("alice")}&role=read&columns=120&bascule_attempt=0123456789abcdef0123456789abcdef", "Cookie: a=b", "X-Bascule-User: root", "User-Agent: x");
        var seen = await bench.Host.AttachedAsync();

        Assert.Equal("?role=read&columns=120", seen.Query);
        Assert.DoesNotContain(seen.Fields, f => f.Key is "Cookie" or "Authorization" or "User-Agent" or "Origin" || f.Key.StartsWith("X-Bascule-User", StringComparison.Ordinal));
        Assert.Equal("0123456789abcdef0123456789abcdef", seen.Fields["X-Bascule-Attempt"]);
    }

    [Fact]
    public async Task The_session_may_be_named_by_the_terminal_path()
    {
        await using var bench = await SessionBench.StartAsync();
        var id = await bench.CreateAsync(bench.TokenOf("alice"));

        var client = await bench.Gateway.SendAsync(new Ask($"/terminal?session={id}").WithToken(bench.TokenOf("alice")).With(SessionBench.Term));

        Assert.Equal(101, (await client.ReadAnswerAsync()).Status);
        Assert.Equal("", (await bench.Host.AttachedAsync()).Query);
    }

    [Fact]
    public async Task A_path_of_its_own_takes_the_place_of_the_usual_one()
    {
        await using var bench = await SessionBench.StartAsync(s => s with { Path = "/s/{{SESSION_ID}}" });
        var id = await bench.CreateAsync(bench.TokenOf("alice"));

        var client = await bench.Gateway.SendAsync(new Ask($"/s/{id}").WithToken(bench.TokenOf("alice")).With(SessionBench.Term));

        Assert.Equal(101, (await client.ReadAnswerAsync()).Status);
    }

    [Fact]
    public async Task A_client_that_speaks_the_protocol_is_told_how_the_start_goes_and_loses_no_byte()
    {
        await using var bench = await SessionBench.StartAsync();
        bench.Host.Held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var id = await bench.BeginAsync(bench.TokenOf("alice"));

        var client = await bench.AttachAsync(id, bench.TokenOf("alice"));
        Assert.Equal(101, (await client.ReadAnswerAsync()).Status);
        await client.SendFrameAsync(Opcode.Binary, [16, (byte)'h'], masked: true);
        var first = await SessionBench.FrameAsync(client);
        bench.Time.Advance(TimeSpan.FromSeconds(5));
        var second = await SessionBench.FrameAsync(client);
        bench.Host.Held.SetResult();
        var seen = await bench.Host.AttachedAsync();

        using var notice = JsonDocument.Parse(second.Text);
        Assert.Equal((21, 21), (first.Channel, second.Channel));
        Assert.Equal(("starting", 5), (notice.RootElement.GetProperty("kind").GetString(), notice.RootElement.GetProperty("seconds").GetInt32()));
        Assert.Equal([16, (byte)'h'], await seen.ReadAsync());
        await seen.SendAsync(17, "{}");
        Assert.Equal((17, "{}"), await SessionBench.FrameAsync(client));
        await client.SendFrameAsync(Opcode.Binary, [0, (byte)'l'], masked: true);
        Assert.Equal([0, (byte)'l'], await seen.ReadAsync());
        var closing = seen.CloseAsync(1000, "exited; retry=never");
        Assert.Equal((1000, "exited; retry=never"), await CloseAsync(client));
        await closing;
        await bench.Gateway.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_start_that_fails_is_told_by_a_close_frame_to_who_waits()
    {
        await using var bench = await SessionBench.StartAsync();
        bench.Host.Held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bench.Host.Refusal = "command_not_found";
        var id = await bench.BeginAsync(bench.TokenOf("alice"));
        var client = await bench.AttachAsync(id, bench.TokenOf("alice"));
        Assert.Equal(101, (await client.ReadAnswerAsync()).Status);

        bench.Host.Held.SetResult();

        var (code, reason) = await CloseAsync(client);
        Assert.Equal(4410, code);
        Assert.StartsWith("session_over; ending=command_not_found; retry=never; attempt=", reason);
        // Who looks into the log later finds the cause there, not a host that never was.
        var ended = await bench.Gateway.Log.EndOfAsync(reason[(reason.LastIndexOf('=') + 1)..]);
        Assert.Equal("session_over", ended.Field("Reason"));
        Assert.StartsWith("command_not_found: ", ended.Field("Detail"));
        await bench.Gateway.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_start_that_takes_too_long_is_told_and_may_be_tried_again()
    {
        await using var bench = await SessionBench.StartAsync();
        var record = await bench.PutAsync(SessionBench.Record(bench.Time, "alice"));
        var client = await bench.AttachAsync(record.Id.ToString(), bench.TokenOf("alice"));
        Assert.Equal(101, (await client.ReadAnswerAsync()).Status);
        await SessionBench.FrameAsync(client);

        bench.Time.Advance(TimeSpan.FromSeconds(60));

        var (code, reason) = await CloseAsync(client);
        Assert.Equal(4503, code);
        Assert.StartsWith("session_starting; retry=after:5s", reason);
    }

    [Fact]
    public async Task A_client_that_leaves_while_it_waits_leaves_nothing_behind()
    {
        await using var bench = await SessionBench.StartAsync();
        bench.Host.Held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var id = await bench.BeginAsync(bench.TokenOf("alice"));
        var client = await bench.AttachAsync(id, bench.TokenOf("alice"));
        Assert.Equal(101, (await client.ReadAnswerAsync()).Status);

        client.Reset();

        // The clock stands still: nothing waits for a deadline.
        await bench.Gateway.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_client_that_closes_while_it_waits_is_answered_at_once_and_the_start_goes_on()
    {
        await using var bench = await SessionBench.StartAsync();
        bench.Host.Held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var id = await bench.BeginAsync(bench.TokenOf("alice"));
        var client = await bench.AttachAsync(id, bench.TokenOf("alice"));
        Assert.Equal(101, (await client.ReadAnswerAsync()).Status);
        await client.SendFrameAsync(Opcode.Binary, [16, (byte)'{', (byte)'}'], masked: true);

        await client.SendCloseAsync(4000, "enough", masked: true);

        var answer = await client.ReadCloseAsync();
        Assert.Equal((4000, "enough"), (answer.CloseCode, answer.CloseReason));
        client.Finish();
        await bench.Gateway.NothingIsLeftAsync();
        bench.Host.Held.SetResult();
        await bench.UntilAsync(id, SessionState.Running);
    }

    [Fact]
    public async Task What_is_sent_before_the_session_runs_reaches_it_whole_however_much_it_is()
    {
        await using var bench = await SessionBench.StartAsync();
        bench.Host.Held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var id = await bench.BeginAsync(bench.TokenOf("alice"));
        var client = await bench.AttachAsync(id, bench.TokenOf("alice"));
        Assert.Equal(101, (await client.ReadAnswerAsync()).Status);
        byte[] typed = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 31 / 7))];
        var sending = SendAsync();

        bench.Host.Held.SetResult();
        var seen = await bench.Host.AttachedAsync();
        var taken = new List<byte>();
        while (taken.Count < typed.Length)
            taken.AddRange(await seen.ReadAsync());

        await sending;
        Assert.Equal(typed, taken);

        async Task SendAsync()
        {
            foreach (var piece in typed.Chunk(30_000))
                await client.SendFrameAsync(Opcode.Binary, piece, masked: true);
        }
    }

    [Fact]
    public async Task A_plain_client_waits_silently_for_the_start()
    {
        await using var bench = await SessionBench.StartAsync();
        bench.Host.Held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var id = await bench.BeginAsync(bench.TokenOf("alice"));

        var client = await bench.AttachAsync(id, bench.TokenOf("alice"), "", "X-Nothing: offered");
        bench.Host.Held.SetResult();

        Assert.Equal(101, (await client.ReadAnswerAsync()).Status);
        Assert.Equal(0, (await bench.Host.AttachedAsync()).Fields.SecWebSocketProtocol.Count);
    }

    [Fact]
    public async Task Who_comes_back_for_the_rest_of_a_session_that_ended_gets_it_while_the_host_keeps_it()
    {
        await using var bench = await SessionBench.StartAsync();
        var id = await bench.CreateAsync(bench.TokenOf("alice"));
        bench.Host.End(id, 0);
        await bench.UntilAsync(id, SessionState.Ended);

        var back = await bench.AttachAsync(id, bench.TokenOf("alice"));
        Assert.Equal(101, (await back.ReadAnswerAsync()).Status);
        bench.Host.Forget(id);
        var late = await SessionBench.RefusedAsync(await bench.AttachAsync(id, bench.TokenOf("alice")));

        Assert.Equal((410, "session_over"), (late.Status, late.Label));
        Assert.StartsWith("exited: it exited with 0.", late.Detail);
    }

    [Fact]
    public async Task A_link_lets_others_look_until_it_expires_and_then_they_go()
    {
        await using var bench = await SessionBench.StartAsync();
        var id = await bench.CreateAsync(bench.TokenOf("alice"));
        var (status, link, _) = await bench.CallAsync("POST", $"/api/sessions/{id}/links", bench.TokenOf("alice"), """{"role":"read","minutes":10}""");
        var query = new Uri(link.GetProperty("webSocket").GetString()!).Query;

        var viewer = await bench.AttachAsync(id, token: null, query);
        Assert.Equal(101, (await viewer.ReadAnswerAsync()).Status);
        var seen = await bench.Host.AttachedAsync();
        var other = await bench.AttachAsync(id, token: null, query);
        Assert.Equal(101, (await other.ReadAnswerAsync()).Status);
        bench.Time.Advance(TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(1));

        Assert.Equal(201, status);
        Assert.Equal(("", ViewerRole.Read, ""), (seen.Caller.User, seen.Caller.Role, seen.Query));
        await viewer.ReadCloseAsync();
        var late = await SessionBench.RefusedAsync(await bench.AttachAsync(id, token: null, query));
        Assert.Equal((403, "session_link_invalid"), (late.Status, late.Label));
    }

    [Fact]
    public async Task The_host_says_why_a_connection_ends_and_the_log_says_the_same()
    {
        await using var bench = await SessionBench.StartAsync();
        var id = await bench.CreateAsync(bench.TokenOf("alice"));
        var client = await bench.AttachAsync(id, bench.TokenOf("alice"));
        var attempt = (await client.ReadAnswerAsync()).Field("X-Bascule-Attempt")!;
        var seen = await bench.Host.AttachedAsync();

        var closing = seen.CloseAsync(4409, $"replaced; retry=never; attempt={attempt}");

        Assert.Equal((4409, $"replaced; retry=never; attempt={attempt}"), await CloseAsync(client));
        await closing;
        Assert.Equal("replaced", (await bench.Gateway.Log.EndOfAsync(attempt)).Field("Reason"));
    }

    /// <summary>Reads the close frame, and answers it.</summary>
    private static async Task<(int Code, string Reason)> CloseAsync(Wire client)
    {
        var close = await client.ReadCloseAsync();
        await client.SendCloseAsync(close.CloseCode, "", masked: true);
        client.Finish();
        return (close.CloseCode, close.CloseReason);
    }
}
