using System.Net;
using System.Net.Sockets;
using System.Text;
using Bascule.Model;
using Bascule.Protocol;
using Bascule.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Bascule.Relay.Tests;

/// <summary>A client on a stream of Kestrel, whose socket is not ours: it is left with FIN, not with a reset that destroys its close frame.</summary>
public sealed class ForeignStreamTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task A_client_of_Kestrel_gets_the_answer_to_its_close_and_then_FIN()
    {
        await using var server = await StartAsync(near => new NetworkStream(near, ownsSocket: true));
        using var backend = server.Backend;
        using var client = await server.ConnectAsync();
        await client.SendTextAsync("there");
        Assert.Equal("there", await backend.ReceiveTextAsync());

        await client.SendCloseAsync(3000, "bye");
        Assert.Equal((3000, "bye"), await backend.ReceiveCloseAsync());
        await backend.SendCloseAsync(3000, "bye");

        Assert.Equal((3000, "bye"), await client.ReceiveCloseAsync());
        await backend.LeaveAsync();
        await client.ReceiveEndAsync();
        Assert.Equal(EndReasons.ClientClosed, (await server.Outcome.Soon()).Ending.Reason);
    }

    [Fact]
    public async Task A_client_of_Kestrel_gets_an_answer_and_FIN_although_the_back_end_gives_none()
    {
        await using var server = await StartAsync(near => new NetworkStream(near, ownsSocket: true));
        using var backend = server.Backend;
        using var client = await server.ConnectAsync();
        await client.SendCloseAsync(3000, "bye");
        await backend.ReceiveCloseAsync();

        await Patience.UntilAsync(() => _time.ArmedTimers == 1);
        _time.Advance(RelayRig.Terms.CloseDeadline);

        Assert.Equal((3000, "bye"), await client.ReceiveCloseAsync());
        await client.ReceiveEndAsync();
        Assert.Equal(EndReasons.ClientClosed, (await server.Outcome.Soon()).Ending.Reason);
    }

    [Fact]
    public async Task A_client_of_Kestrel_that_closed_is_not_cut_while_the_writing_of_its_close_frame_has_not_returned()
    {
        await using var server = await StartAsync(near => new NeverReturning(near));
        using var backend = server.Backend;
        using var client = await server.ConnectAsync();
        // Both directions run, so it is the pump alone that is held.
        await backend.SendTextAsync("back");
        Assert.Equal("back", await client.ReceiveTextAsync());
        await client.SendCloseAsync(3000, "bye");
        await backend.ReceiveCloseAsync();

        await Patience.UntilAsync(() => _time.ArmedTimers == 1);
        _time.Advance(RelayRig.Terms.CloseDeadline);

        Assert.Equal((3000, "bye"), await client.ReceiveCloseAsync());
        await client.ReceiveEndAsync();
        Assert.Equal(EndReasons.ClientClosed, (await server.Outcome.Soon()).Ending.Reason);
    }

    private async Task<Server> StartAsync(Func<Socket, Stream> backendStream)
    {
        var (near, far) = await WirePeer.PairAsync();
        var outcome = new TaskCompletionSource<RelayOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(async context =>
        {
            context.Response.StatusCode = StatusCodes.Status101SwitchingProtocols;
            var stream = await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
            var client = new RelayEndpoint(stream, context.Abort);
            var towards = backendStream(near);
            var backend = new RelayEndpoint(towards, towards.Dispose, near);
            outcome.SetResult(await new RelayConnection(client, backend, 0, RelayRig.Terms, AttemptId.New(), _time).RunAsync());
        });
        await app.StartAsync();
        return new Server(app, new WirePeer(far, isClient: false), outcome.Task);
    }

    /// <summary>A close frame that is written arrives; its writer hears of it only when the stream is cut.</summary>
    private sealed class NeverReturning(Socket socket) : NetworkStream(socket, ownsSocket: true)
    {
        private readonly ManualResetEventSlim _cut = new();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Write(buffer.Span);
            if ((buffer.Span[0] & 0x0F) == (int)Opcode.Close)
                _cut.Wait(cancellationToken);
            return ValueTask.CompletedTask;
        }

        protected override void Dispose(bool disposing)
        {
            _cut.Set();
            base.Dispose(disposing);
        }
    }

    private sealed record Server(WebApplication App, WirePeer Backend, Task<RelayOutcome> Outcome) : IAsyncDisposable
    {
        internal async Task<WirePeer> ConnectAsync()
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, new Uri(App.Urls.Single()).Port).Soon();
            await socket.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"u8.ToArray()).Soon();
            var head = new StringBuilder();
            var next = new byte[1];
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                await socket.ReceiveAsync(next).Soon();
                head.Append((char)next[0]);
            }

            Assert.StartsWith("HTTP/1.1 101", head.ToString(), StringComparison.Ordinal);
            return new WirePeer(socket, isClient: true);
        }

        public async ValueTask DisposeAsync() => await App.DisposeAsync();
    }
}
