using System.Text;
using System.Text.Json.Nodes;

namespace Bascule.System.Tests;

/// <summary>Reads the output of one terminal over as many connections as it takes, and knows how far it is. What comes twice, or not at all, is a fault.</summary>
internal sealed class FaithfulReader(Func<TerminalHello, Task<TerminalSocket>> connect)
{
    private const int AckEvery = 32 * 1024;

    private readonly StringBuilder _text = new();
    private readonly string _client = Guid.NewGuid().ToString("N");
    private TerminalSocket? _socket;
    private string? _incarnation;
    private long _acknowledged;

    internal long Read { get; private set; }

    internal string Text => _text.ToString();

    /// <summary>Of the exit frame; null before.</summary>
    internal JsonNode? Exit { get; private set; }

    internal async Task<TerminalSocket> ConnectAsync()
    {
        _socket?.Dispose();
        _socket = await connect(new TerminalHello(_client, _incarnation is null ? null : Read, _incarnation));
        _incarnation = (string?)_socket.Terminal["incarnation"];
        return _socket;
    }

    /// <summary>Reads so many bytes more, or to the end.</summary>
    internal async Task ReadAsync(long bytes)
    {
        for (var end = Read + bytes; Read < end && Exit is null;)
        {
            var frame = await _socket!.ReceiveAsync() ?? throw new InvalidOperationException($"{_socket.Close} came after {Read} bytes, and no exit.");
            switch (frame.Channel)
            {
                case TerminalSocket.Output:
                    Assert.Equal(Read, frame.Offset);
                    Read += frame.Output.Length;
                    _text.Append(Encoding.ASCII.GetString(frame.Output.Span));
                    if (Read - _acknowledged >= AckEvery)
                        await _socket.AckAsync(TerminalSocket.Output, _acknowledged = Read);
                    break;
                case TerminalSocket.Exit:
                    Exit = frame.Json;
                    break;
                case TerminalSocket.Snapshot:
                    Assert.Fail($"A snapshot came at {Read}: {frame.Json.ToJsonString()}");
                    break;
                default:
                    break;
            }
        }
    }

    internal void Cut()
    {
        _socket!.Abort();
        _socket.Dispose();
        _socket = null;
    }
}
