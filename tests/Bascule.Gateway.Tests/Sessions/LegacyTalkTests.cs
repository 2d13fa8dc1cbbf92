using System.IO.Pipelines;
using System.Net.WebSockets;
using Bascule.Model;
using Bascule.Sessions;
using Bascule.Terminal;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>What a client of a pod without an agent hears when its command says nothing.</summary>
public sealed class LegacyTalkTests
{
    [Fact]
    public async Task A_command_that_is_silent_is_not_taken_for_a_lost_connection()
    {
        var (up, down) = (new Pipe(), new Pipe());
        using var over = new CancellationTokenSource();
        await using var ours = new PipeEnd(up.Reader, down.Writer, over.Token);
        await using var theirs = new PipeEnd(down.Reader, up.Writer, over.Token);
        using var server = WebSocket.CreateFromStream(ours, new WebSocketCreationOptions { IsServer = true });
        using var client = WebSocket.CreateFromStream(theirs, new WebSocketCreationOptions { IsServer = false });
        var time = new ManualTime();
        var record = new SessionRecord { Id = SessionId.New(), Profile = "tools", Command = ["sh"], CreatedAt = time.GetUtcNow(), ExpiresAt = time.GetUtcNow() };
        using var talk = new LegacyTalk(TermDialect.Term, server, new SessionPlan(record, TerminalTerms.Write, null, null), AttemptId.New(), time);

        var living = talk.LiveAsync(over.Token);
        time.Advance(TimeSpan.FromSeconds(20));
        var frame = new byte[16];
        var read = await client.ReceiveAsync(frame.AsMemory(), TestContext.Current.CancellationToken);

        Assert.Equal((1, TermChannel.Ping), (read.Count, frame[0]));
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => living);
    }
}
