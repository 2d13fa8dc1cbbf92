using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Bascule.Terminal;

/// <summary><c>GET /v1/terminals/{id}/attach</c>: from the upgrade to the close.</summary>
internal sealed class AttachEndpoint(TerminalTable table, ILogger log, TimeProvider time)
{
    private static readonly TimeSpan HelloWait = TimeSpan.FromSeconds(10);

    // Knowledge of balancers: nothing in between cuts what speaks every 20 s.
    private static readonly TimeSpan PingPeriod = TimeSpan.FromSeconds(20);

    internal async Task RunAsync(HttpContext context, string id, DoorAnswer answer)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            await HostAnswers.ProblemAsync(context, new HostRefusal("upgrade_required", 426, 4400, "This address takes WebSocket upgrades only."));
            return;
        }

        if (!TermProtocol.TryChoose(context.WebSockets.WebSocketRequestedProtocols, out var kind, out var selected))
        {
            await HostAnswers.ProblemAsync(context, new HostRefusal(
                "subprotocol_unknown", 400, 4400, $"Offer {TermProtocol.Term}, {TermProtocol.ChannelV5}, {TermProtocol.ChannelV4}, {TermProtocol.Text} or none."));
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { SubProtocol = selected, KeepAliveInterval = PingPeriod, KeepAliveTimeout = PingPeriod });
        using var connection = new ViewerConnection(socket, time);
        var terminal = table.Find(id);
        if (answer.Caller is not { } caller)
            await RefuseAsync(connection, answer.Refusal!, null);
        else if (terminal is null)
            await RefuseAsync(connection, table.IsForgotten(id) ? HostRefusal.Over : HostRefusal.NotFound, caller);
        else if (kind == TermDialect.Term)
            await RunTermAsync(terminal, connection, caller);
        else
            await RunPlainAsync(terminal, connection, caller, kind, context.Request.Query);
    }

    private static Task RefuseAsync(ViewerConnection connection, HostRefusal refusal, TerminalCaller? caller) =>
        connection.CloseAsync(refusal.Code, HostRefusal.CloseText(refusal.Label, refusal.Retry, caller?.Attempt), DrainAsync(connection, Task.CompletedTask));

    /// <summary>Until the client has closed.</summary>
    private static async Task DrainAsync(ViewerConnection connection, Task pending)
    {
        await pending;
        while ((await connection.ReceiveAsync(ClientFrames.MostBytes)).Arrival is not (Arrival.Closed or Arrival.Lost))
        {
            // Nothing of it is heeded.
        }
    }

    private async Task RunTermAsync(HostedTerminal terminal, ViewerConnection connection, TerminalCaller caller)
    {
        // 1. The hello.
        var first = connection.ReceiveAsync(ClientFrames.MostBytes).AsTask();
        using var waiting = new CancellationTokenSource();
        await Task.WhenAny(first, Task.Delay(HelloWait, time, waiting.Token));
        await waiting.CancelAsync();
        if (ReadHello(first.IsCompletedSuccessfully ? await first : null, out var hello) is { } fault)
        {
            await connection.SendAsync(ServerFrames.Notice(new NoticeFrame(fault.Label, fault.Text)));
            await connection.CloseAsync(fault.Code, HostRefusal.CloseText(fault.Label, "never", caller.Attempt), DrainAsync(connection, first));
            return;
        }

        // 2. Its place at the terminal.
        using var gone = new CancellationTokenSource();
        using var viewer = new Viewer(caller, hello!.Client, static notice => ServerFrames.Notice(notice));
        var input = new InputQueue(terminal, viewer, bytes => viewer.Post(ServerFrames.InputAck(bytes)), time);
        var talk = new TermTalk(terminal, connection, viewer, input, gone.Token);
        var admission = terminal.Admit(viewer, hello.Wish, hello.Take, hello.From ?? 0, hello.FromErrors ?? 0);
        if (admission.Refusal is { } refusal)
        {
            await RefuseAsync(connection, refusal, caller);
            return;
        }

        SetSize(terminal, viewer, hello.Columns, hello.Rows);
        var (tty, incarnation) = (terminal.Terminal.Order.Tty, hello.Incarnation == terminal.Incarnation);
        talk.Pumps =
        [
            .. Streams(terminal).Select(stream =>
            {
                var from = stream.Channel == TermChannel.Errors ? hello.FromErrors : hello.From;
                var (position, skip) = StartOf(stream.Ring, from, incarnation, admission.IsFirst || !tty);
                return new StreamPump(terminal, viewer, talk, stream.Channel, position, skip);
            }),
        ];

        // 3. What it got, then the output.
        await connection.SendAsync(ServerFrames.Attached(Describe(terminal, viewer)));
        await new ViewerRun(terminal, connection, viewer, talk, time, log).RunAsync(input, talk.Pumps, gone);
    }

    private async Task RunPlainAsync(HostedTerminal terminal, ViewerConnection connection, TerminalCaller caller, TermDialect kind, IQueryCollection query)
    {
        using var gone = new CancellationTokenSource();
        using var viewer = new Viewer(caller, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), static _ => null);
        var input = new InputQueue(terminal, viewer, acknowledge: null, time);
        IDialect talk = kind == TermDialect.Text
            ? new TextTalk(connection, input, gone.Token)
            : new ChannelTalk(terminal, connection, viewer, input, kind == TermDialect.ChannelV5, gone.Token);
        var wish = query["role"] == "read" ? ViewerRole.Read : ViewerRole.Write;
        var admission = terminal.Admit(viewer, wish, query["take"] == "true", 0, 0);
        if (admission.Refusal is { } refusal)
        {
            await RefuseAsync(connection, refusal, caller);
            return;
        }

        SetSize(terminal, viewer, NumberOf(query["columns"]), NumberOf(query["rows"]));
        // The first one gets all: the prompt that nobody has seen yet. Who comes to a text terminal later begins at its live end, if he does not ask for more.
        var isLive = kind == TermDialect.Text && !admission.IsFirst && query["from"] != "0";
        List<StreamPump> pumps =
        [
            .. Streams(terminal).Select(stream =>
            {
                var (position, skip) = isLive ? (stream.Ring.End, null) : StartOf(stream.Ring, null, false, admission.IsFirst || !terminal.Terminal.Order.Tty);
                return new StreamPump(terminal, viewer, talk, stream.Channel, position, skip);
            }),
        ];
        // There are no acks here: what is not asked for is not waited for.
        pumps.ForEach(pump => terminal.Seat.Acknowledge(viewer, pump.Channel, pump.Acknowledged));
        if (kind != TermDialect.Text)
            await connection.SendAsync((byte[])[TermChannel.Output]);
        await new ViewerRun(terminal, connection, viewer, talk, time, log).RunAsync(input, pumps, gone);
    }

    private static WireFault? ReadHello((Arrival Arrival, ReadOnlyMemory<byte> Message)? first, out HelloFrame? hello)
    {
        hello = null;
        if (first is not (var arrival, var message))
            return WireFault.HelloMissing($"No hello came within {HelloWait.TotalSeconds:0} s.");
        if (arrival == Arrival.TooBig)
            return WireFault.TooBig;
        if (arrival != Arrival.Binary)
            return WireFault.HelloMissing("The first frame must be a hello: binary, channel 16.");
        if (ClientFrames.Read(message, out var frame) is { } fault)
            return fault;
        hello = frame.Hello;
        return hello is null ? WireFault.HelloMissing("The first frame must be a hello (channel 16).") : null;
    }

    private static IEnumerable<(byte Channel, OutputRing Ring)> Streams(HostedTerminal terminal)
    {
        yield return (TermChannel.Output, terminal.Terminal.Output);
        if (terminal.Terminal.Errors is { } errors)
            yield return (TermChannel.Errors, errors);
    }

    /// <summary>Where the output of a viewer begins, and why with a snapshot. The seat holds the output by now: what is here stays.</summary>
    /// <param name="takesAll">What the ring has is given as it is to who has nothing.</param>
    private static (long Position, string? Skip) StartOf(OutputRing ring, long? from, bool isOfThis, bool takesAll)
    {
        if (from is null)
            return (0, ring.End == 0 || (takesAll && ring.Start == 0) ? null : "joined");
        if (!isOfThis)
            return (0, "incarnation");
        if (from > ring.End)
            return (0, "beyond");
        return (from.Value, from < ring.Start ? "passed" : null);
    }

    private static void SetSize(HostedTerminal terminal, Viewer viewer, int columns, int rows)
    {
        if (viewer.Role == ViewerRole.Write && TerminalSize.OfWindow(columns, rows) is { } size)
            terminal.Size.Set(size);
    }

    private static int NumberOf(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static AttachedFrame Describe(HostedTerminal terminal, Viewer viewer)
    {
        var now = terminal.Describe();
        return new AttachedFrame
        {
            Session = now.Id,
            Incarnation = now.Incarnation,
            Tty = now.Tty,
            State = now.State,
            First = now.First,
            Last = now.Last,
            FirstErrors = now.FirstErrors,
            LastErrors = now.LastErrors,
            Columns = now.Columns,
            Rows = now.Rows,
            Role = viewer.Role == ViewerRole.Write ? "write" : "read",
            Fence = now.Fence,
            Writer = now.Writer,
            Window = TermTalk.WindowBytes,
            InputWindow = InputQueue.Window,
        };
    }
}
