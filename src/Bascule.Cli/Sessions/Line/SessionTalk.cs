using System.Buffers;
using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text.Json;
using Bascule.Terminal;

namespace Bascule.Cli;

/// <summary>One connection to a session: the client's side of <c>bascule.term.v1</c> (contract/terminal.md).</summary>
internal sealed class SessionTalk(ClientWebSocket socket, SessionProgress progress, ISessionView view, TimeProvider time) : IDisposable
{
    /// <summary>Contract: pieces of a paste.</summary>
    internal const int MostInputBytes = 32 * 1024;

    /// <summary>Contract: an ack 50 ms after the last output.</summary>
    private static readonly TimeSpan AckPause = TimeSpan.FromMilliseconds(50);

    /// <summary>Contract: silence of 50 s is a lost connection.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(50);

    private static readonly JsonSerializerOptions Layout = new(JsonSerializerDefaults.Web);

    private readonly SemaphoreSlim _sending = new(1);
    private readonly Lock _gate = new();
    private Task<ValueWebSocketReceiveResult>? _reading;
    private TaskCompletionSource _room = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _inputSent;
    private long _inputTaken;
    private int _inputWindow;

    internal bool IsAttached { get; private set; }

    internal ViewerRole Role { get; private set; }

    public void Dispose() => _sending.Dispose();

    /// <param name="changed">Called once the server has said yes, and when it gives another role.</param>
    /// <param name="leaving">Ends it with 1000, which leaves the seat of the writer.</param>
    internal async Task<TermClosing> RunAsync(HelloFrame hello, Action<SessionTalk> changed, CancellationToken leaving)
    {
        var message = new ArrayBufferWriter<byte>(64 * 1024);
        try
        {
            await SendJsonAsync(TermChannel.Hello, hello);
            progress.Resume();
            while (true)
            {
                // Not cancelled itself: that would cut the connection before it can be closed.
                _reading = socket.ReceiveAsync(message.GetMemory(16 * 1024), CancellationToken.None).AsTask();
                var read = await NextAsync(_reading, leaving);
                if (read.MessageType == WebSocketMessageType.Close)
                    return TermClosing.Of(socket.CloseStatus, socket.CloseStatusDescription ?? "");
                message.Advance(read.Count);
                if (!read.EndOfMessage)
                    continue;
                if (await AcceptAsync(message.WrittenMemory, changed) is { } fault)
                    return fault;
                message.ResetWrittenCount();
            }
        }
        catch (TimeoutException)
        {
            return TermClosing.Lost("The server does not answer.");
        }
        catch (WebSocketException)
        {
            return TermClosing.Lost("The connection was lost.");
        }
        finally
        {
            IsAttached = false;
            lock (_gate)
                _room.TrySetResult();
            await Farewell.SayAsync(socket, _reading, time);
        }
    }

    /// <summary>Sends input as far as the program reads it.</summary>
    /// <param name="waits">Whether to wait until there is room.</param>
    /// <returns>False: it was not sent, for there is no connection, or no room.</returns>
    internal async Task<bool> TypeAsync(ReadOnlyMemory<byte> input, bool waits)
    {
        while (input.Length > 0)
        {
            var piece = input[..Math.Min(input.Length, MostInputBytes)];
            while (!TryReserve(piece.Length, out var room))
            {
                if (!waits || !IsAttached)
                    return false;
                await room;
            }

            if (!await TrySendAsync(TermChannel.Input, piece))
                return false;
            input = input[piece.Length..];
        }

        return true;
    }

    internal Task<bool> CloseInputAsync() => TrySendAsync(TermChannel.Close, new byte[1]);

    internal Task<bool> ResizeAsync(ScreenSize size) => TrySendJsonAsync(TermChannel.Resize, new ResizeFrame(size.Columns, size.Rows));

    internal Task<bool> SignalAsync(string name) => TrySendJsonAsync(TermChannel.Request, new { signal = name });

    private bool TryReserve(int bytes, out Task room)
    {
        lock (_gate)
        {
            room = _room.Task;
            if (!IsAttached || _inputSent + bytes - _inputTaken > _inputWindow)
                return false;
            _inputSent += bytes;
            return true;
        }
    }

    private void TakeInputAck(long taken)
    {
        lock (_gate)
        {
            _inputTaken = Math.Max(_inputTaken, taken);
            _room.TrySetResult();
            _room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>What was written is acknowledged when nothing comes for a moment.</summary>
    private async Task<ValueWebSocketReceiveResult> NextAsync(Task<ValueWebSocketReceiveResult> receiving, CancellationToken leaving)
    {
        if (progress.HasNews && await Task.WhenAny(receiving, Task.Delay(AckPause, time, leaving)) != receiving)
            await AcknowledgeAsync();
        return await receiving.WaitAsync(Silence, time, leaving);
    }

    private async Task AcknowledgeAsync()
    {
        foreach (var (channel, offset) in progress.Acks())
        {
            var body = new byte[1 + sizeof(ulong)];
            body[0] = channel;
            BinaryPrimitives.WriteUInt64BigEndian(body.AsSpan(1), (ulong)offset);
            await TrySendAsync(TermChannel.Ack, body);
        }
    }

    /// <returns>Null: it goes on.</returns>
    private async ValueTask<TermClosing?> AcceptAsync(ReadOnlyMemory<byte> frame, Action<SessionTalk> changed)
    {
        try
        {
            var body = frame.Length > 0 ? frame[1..] : throw new JsonException("an empty frame");
            switch (frame.Span[0])
            {
                case TermChannel.Output or TermChannel.Errors:
                    return await AcceptOutputAsync(frame.Span[0], body);
                case TermChannel.Replay:
                    await view.WriteAsync(body.Span[0], body[1..]);
                    break;
                case TermChannel.Ack:
                    TakeInputAck((long)BinaryPrimitives.ReadUInt64BigEndian(body.Span[1..]));
                    break;
                case TermChannel.Snapshot:
                    await AcceptSnapshotAsync(Read<SnapshotFrame>(body));
                    break;
                case TermChannel.Attached:
                    await AcceptAttachedAsync(Read<AttachedFrame>(body), changed);
                    break;
                case TermChannel.Exit:
                    progress.Exit = Read<ExitFrame>(body);
                    break;
                case TermChannel.Notice:
                    Accept(Read<NoticeFrame>(body), changed);
                    break;
            }

            return null;
        }
        catch (Exception e) when (e is JsonException or ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            return new TermClosing($"The server sent what is no frame of {TermProtocol.Term}: {e.Message}", IsFinal: true, ExitCodes.FoundFault);
        }
    }

    private async ValueTask<TermClosing?> AcceptOutputAsync(byte channel, ReadOnlyMemory<byte> body)
    {
        var position = progress.Of(channel);
        var offset = (long)BinaryPrimitives.ReadUInt64BigEndian(body.Span);
        var bytes = body[sizeof(ulong)..];
        var known = position.Known(offset);
        if (known < 0)
            return TermClosing.Lost("Output was missing.");
        if (known < bytes.Length || position.Written is null)
        {
            await view.WriteAsync(channel, bytes[(int)known..]);
            position.Advance(offset + bytes.Length);
        }

        if (position.IsAckDue)
            await AcknowledgeAsync();
        return null;
    }

    private async ValueTask AcceptSnapshotAsync(SnapshotFrame snapshot)
    {
        var position = progress.Of((byte)snapshot.Channel);
        if (!snapshot.Begin)
        {
            position.EndSnapshot();
            view.SnapshotOver();
            return;
        }

        position.BeginSnapshot(snapshot.Offset ?? throw new JsonException("a snapshot without its offset"));
        await view.SnapshotAsync((byte)snapshot.Channel, snapshot.Missing ?? 0);
    }

    private async ValueTask AcceptAttachedAsync(AttachedFrame frame, Action<SessionTalk> changed)
    {
        progress.Enter(frame.Incarnation);
        lock (_gate)
            (IsAttached, _inputWindow) = (true, frame.InputWindow);
        Role = RoleOf(frame.Role);
        await view.AttachedAsync(frame, progress.WasAttached);
        progress.WasAttached = true;
        changed(this);
    }

    private void Accept(NoticeFrame notice, Action<SessionTalk> changed)
    {
        view.Tell(notice);
        if (notice.Role is not { } role)
            return;
        Role = RoleOf(role);
        changed(this);
    }

    private static ViewerRole RoleOf(string name) => name == "write" ? ViewerRole.Write : ViewerRole.Read;

    private static T Read<T>(ReadOnlyMemory<byte> json) => JsonSerializer.Deserialize<T>(json.Span, Layout) ?? throw new JsonException("null");

    private async Task SendJsonAsync<T>(byte channel, T value) => await SendAsync(channel, JsonSerializer.SerializeToUtf8Bytes(value, Layout));

    private Task<bool> TrySendJsonAsync<T>(byte channel, T value) => TrySendAsync(channel, JsonSerializer.SerializeToUtf8Bytes(value, Layout));

    private async Task<bool> TrySendAsync(byte channel, ReadOnlyMemory<byte> body)
    {
        if (!IsAttached)
            return false;
        try
        {
            await SendAsync(channel, body);
            return true;
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            // Whoever reads sees that it is gone, and says so.
            return false;
        }
    }

    private async Task SendAsync(byte channel, ReadOnlyMemory<byte> body)
    {
        var frame = new byte[1 + body.Length];
        frame[0] = channel;
        body.Span.CopyTo(frame.AsSpan(1));
        await _sending.WaitAsync(CancellationToken.None);
        try
        {
            await socket.SendAsync(frame, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }
    }
}
