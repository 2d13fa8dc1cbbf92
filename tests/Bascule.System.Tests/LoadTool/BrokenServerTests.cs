using Bascule.Testing;

namespace Bascule.System.Tests;

/// <summary><c>bascule load</c> against servers with one fault each: the class, who was guilty, how often, an example, and the exit code.</summary>
public sealed class BrokenServerTests
{
    private const int Connections = 7;

    [Theory]
    [InlineData(Behaviour.Silent, "connect.timeout", "no byte of an answer had come")]
    [InlineData(Behaviour.Page200, "http.200", "Welcome")]
    [InlineData(Behaviour.Problem403, "http.403", "This page may not connect here.")]
    [InlineData(Behaviour.BadAcceptKey, "ws.handshake", "Sec-WebSocket-Accept")]
    [InlineData(Behaviour.ResetUnanswered, "tcp.reset", "reset")]
    public async Task An_attempt_that_fails_is_told_with_what_was_seen(Behaviour behaviour, string expected, string example)
    {
        await using var server = BrokenServer.Start(behaviour);

        var run = await LoadAsync(server.Url, "--connect-timeout", "500ms");

        Assert.Equal((Connections, 0, Connections, 0), run.Connections);
        AssertFailure(run, expected, Connections, example);
        // What was reset by the server was never reached, as far as a client can tell.
        Assert.Equal(behaviour == Behaviour.ResetUnanswered ? 69 : 1, run.ExitCode);
        Assert.StartsWith($"All of 7 attempts failed, all with {expected}", run.Headline, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_port_is_refused_and_never_reached()
    {
        using var port = DeadPort.Closed();

        var run = await LoadAsync(port.Url);

        Assert.Equal((Connections, 0, Connections, 0), run.Connections);
        AssertFailure(run, "tcp.refused", Connections, "refused");
        Assert.Equal(69, run.ExitCode);
    }

    [Theory]
    [InlineData(Behaviour.ResetWhenOpen, "close.none", "reset")]
    [InlineData(Behaviour.CloseInternalError, "close.1011", "out of memory")]
    [InlineData(Behaviour.MaskedFrame, "proto.error", "mask")]
    public async Task A_connection_that_breaks_once_it_is_open_is_opened_and_lost(Behaviour behaviour, string expected, string example)
    {
        await using var server = BrokenServer.Start(behaviour);

        var run = await LoadAsync(server.Url, "--mode", "idle");

        Assert.Equal((Connections, Connections, 0, Connections), run.Connections);
        AssertFailure(run, expected, Connections, example);
        Assert.Equal(1, run.ExitCode);
    }

    [Theory]
    [InlineData(Behaviour.CorruptedEcho, "msg.corrupt", "checksum", 1)]
    [InlineData(Behaviour.DoubledEcho, "msg.dup", "came back again", 2)]
    public async Task An_echo_that_is_wrong_counts_for_each_message_and_loses_no_connection(Behaviour behaviour, string expected, string example, int echoes)
    {
        await using var server = BrokenServer.Start(behaviour);

        var run = await LoadAsync(server.Url);

        Assert.Equal((Connections, Connections, 0, 0), run.Connections);
        AssertFailure(run, expected, run.Figure("sent"), example);
        Assert.Equal((run.Figure("sent") * echoes, 0), (run.Figure("received"), run.Figure("messagesLost")));
        Assert.Equal(1, run.ExitCode);
    }

    [Fact]
    public async Task An_echo_that_never_comes_is_missing_in_time()
    {
        await using var server = BrokenServer.Start(Behaviour.Mute);

        var run = await LoadCall.RunAsync($"{server.Url}", "-c", "3", "-d", "3s", "--message-timeout", "500ms");

        Assert.Equal((3, 0), (run.Figure("opened"), run.Figure("received")));
        Assert.Contains(run.Target["failures"]!.AsArray(), f => ((string?)f!["class"], (string?)f["guilty"]) == ("msg.timeout", "server"));
        Assert.True(run.Figure("messagesLost") >= 3);
        Assert.Equal(1, run.ExitCode);
    }

    private static Task<LoadCall> LoadAsync(Uri url, params IEnumerable<string> options) =>
        LoadCall.RunAsync([$"{url}", "-c", $"{Connections}", "-d", "300ms", .. options]);

    private static void AssertFailure(LoadCall run, string expected, long count, string example)
    {
        var failure = run.Failure;
        Assert.Equal((expected, "server", count), ((string?)failure["class"], (string?)failure["guilty"], failure["count"]!.GetValue<long>()));
        Assert.Contains(example, (string)failure["example"]!, StringComparison.OrdinalIgnoreCase);
        Assert.InRange(failure["firstSeconds"]!.GetValue<double>(), 0, failure["lastSeconds"]!.GetValue<double>());
        Assert.Equal(count, run.Figure("failures"));
    }
}
