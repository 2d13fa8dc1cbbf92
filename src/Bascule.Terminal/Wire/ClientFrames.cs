using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Bascule.Terminal;

public enum ClientFrameKind
{
    Input,
    CloseInput,
    Resize,
    Hello,
    Ack,
    Request,
    Ping,
}

/// <summary>One frame of a client. What belongs to its kind is set.</summary>
/// <param name="Bytes">Of input; they lie in the message that was read.</param>
/// <param name="Channel">Of an ack.</param>
/// <param name="Number">Offset of an ack, or what a ping wants back.</param>
public readonly record struct ClientFrame(ClientFrameKind Kind, ReadOnlyMemory<byte> Bytes = default, byte Channel = 0, ulong Number = 0)
{
    public HelloFrame? Hello { get; init; }

    public ResizeFrame? Size { get; init; }

    public RequestFrame? Request { get; init; }
}

/// <summary>Reads what clients of bascule.term.v1 send. Hostile bytes give a fault with a name, never an exception.</summary>
public static class ClientFrames
{
    /// <summary>A channel and 64 KiB: contract/terminal.md.</summary>
    public const int MostBytes = (64 << 10) + 1;

    private const int MostClientCharacters = 64;
    private const int NumberBytes = sizeof(ulong);

    private static readonly SearchValues<char> ClientCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <param name="message">A whole binary message.</param>
    /// <returns>Null when all is well.</returns>
    public static WireFault? Read(ReadOnlyMemory<byte> message, out ClientFrame frame)
    {
        frame = default;
        if (message.IsEmpty)
            return WireFault.BadFrame("The frame is empty; its first byte must be a channel.");
        if (message.Length > MostBytes)
            return WireFault.TooBig;
        var rest = message[1..];
        switch (message.Span[0])
        {
            case TermChannel.Input:
                frame = new ClientFrame(ClientFrameKind.Input, rest);
                return null;
            case TermChannel.Close:
                frame = new ClientFrame(ClientFrameKind.CloseInput);
                return rest.Span is [TermChannel.Input] ? null : WireFault.BadFrame("A close (255) has one byte, 0: only stdin can be closed.");
            case TermChannel.Ack:
                return ReadAck(rest.Span, out frame);
            case TermChannel.Ping:
                return ReadPing(rest.Span, out frame);
            case TermChannel.Hello:
                return ReadHello(rest.Span, out frame);
            case TermChannel.Resize:
                return ReadResize(rest.Span, out frame);
            case TermChannel.Request:
                return ReadRequest(rest.Span, out frame);
            case var channel:
                return WireFault.BadFrame($"Channel {channel} is none that a client may send on.");
        }
    }

    private static WireFault? ReadAck(ReadOnlySpan<byte> rest, out ClientFrame frame)
    {
        frame = default;
        if (rest.Length != 1 + NumberBytes || rest[0] is not (TermChannel.Output or TermChannel.Errors))
            return WireFault.BadFrame("An ack (18) has 9 bytes: the channel, 1 or 2, and an offset of 8 bytes.");
        frame = new ClientFrame(ClientFrameKind.Ack, Channel: rest[0], Number: BinaryPrimitives.ReadUInt64BigEndian(rest[1..]));
        return null;
    }

    private static WireFault? ReadPing(ReadOnlySpan<byte> rest, out ClientFrame frame)
    {
        frame = default;
        if (rest.Length != NumberBytes)
            return WireFault.BadFrame("A ping (23) has 8 bytes.");
        frame = new ClientFrame(ClientFrameKind.Ping, Number: BinaryPrimitives.ReadUInt64BigEndian(rest));
        return null;
    }

    private static WireFault? ReadHello(ReadOnlySpan<byte> rest, out ClientFrame frame)
    {
        frame = default;
        if (ReadJson(rest, WireJson.Default.HelloFrame, out var hello) is { } fault)
            return fault;
        if (hello!.Client is not { Length: > 0 and <= MostClientCharacters } client || client.AsSpan().ContainsAnyExcept(ClientCharacters))
            return WireFault.BadFrame("hello.client must be 1 to 64 characters of A-Z a-z 0-9 . _ -");
        if (hello.Role is not (null or "read" or "write"))
            return WireFault.BadFrame("hello.role must be write or read.");
        if (hello.From < 0 || hello.FromErrors < 0)
            return WireFault.BadFrame("hello.from and hello.fromErrors must not be negative.");
        frame = new ClientFrame(ClientFrameKind.Hello) { Hello = hello };
        return null;
    }

    private static WireFault? ReadResize(ReadOnlySpan<byte> rest, out ClientFrame frame)
    {
        var fault = ReadJson(rest, WireJson.Default.ResizeFrame, out var size);
        frame = new ClientFrame(ClientFrameKind.Resize) { Size = size };
        return fault;
    }

    private static WireFault? ReadRequest(ReadOnlySpan<byte> rest, out ClientFrame frame)
    {
        frame = default;
        if (ReadJson(rest, WireJson.Default.RequestFrame, out var request) is { } fault)
            return fault;
        if (request is not ({ Take: true, Role: null, Signal: null } or { Take: null, Role: "read", Signal: null } or { Take: null, Role: null, Signal: not null }))
            return WireFault.BadFrame("""A request is {"take":true}, {"role":"read"} or {"signal":"SIG…"}.""");
        if (request.Signal is { } signal && !SignalNames.MaySend(signal))
            return WireFault.BadFrame("A request names a signal that may not be sent.");
        frame = new ClientFrame(ClientFrameKind.Request) { Request = request };
        return null;
    }

    private static WireFault? ReadJson<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, out T? value)
        where T : class
    {
        value = null;
        try
        {
            value = JsonSerializer.Deserialize(json, type);
        }
        catch (JsonException e)
        {
            return WireFault.BadFrame($"The JSON of `{typeof(T).Name.Replace("Frame", "", StringComparison.Ordinal).ToLowerInvariant()}` cannot be read: it is wrong at {e.Path ?? "its beginning"}.");
        }

        return value is null ? WireFault.BadFrame($"A {typeof(T).Name} must be a JSON object.") : null;
    }
}
