using System.Net.WebSockets;
using System.Text;

namespace Bascule.Terminal;

/// <summary>Plain mode: text frames of output, any frame as input.</summary>
internal sealed class TextTalk(ViewerConnection connection, InputQueue input, CancellationToken gone) : IDialect
{
    private readonly TextFrames _output = new();
    private readonly TextFrames _errors = new();

    public long Window => long.MaxValue;

    public int MostMessageBytes => ClientFrames.MostBytes - 1;

    public ReadOnlyMemory<byte>? Life => null;

    public async ValueTask<WireFault?> TakeAsync(Arrival kind, ReadOnlyMemory<byte> message)
    {
        if (kind == Arrival.TooBig)
            return WireFault.TooBig;
        await input.AddAsync(message, gone);
        return null;
    }

    public ValueTask<bool> SendOutputAsync(byte channel, long offset, Memory<byte> frame)
    {
        var text = (channel == TermChannel.Errors ? _errors : _output).Take(frame.Span[ServerFrames.OutputHeaderBytes..], isLast: false);
        return text.Length == 0 ? ValueTask.FromResult(true) : connection.SendAsync(text, WebSocketMessageType.Text);
    }

    public async ValueTask<bool> SendSkipAsync(Skip skip)
    {
        if (skip.Replay.IsEmpty)
            return skip.Missing == 0 || await connection.SendAsync(Encoding.UTF8.GetBytes(SkipText.Of(skip)), WebSocketMessageType.Text);
        return await connection.SendAsync(new TextFrames().Take(skip.Replay.Span, isLast: true), WebSocketMessageType.Text);
    }

    public async ValueTask SendExitAsync(ExitFrame exit)
    {
        foreach (var rest in (byte[][])[_output.Take([], isLast: true), _errors.Take([], isLast: true)])
        {
            if (rest.Length > 0)
                await connection.SendAsync(rest, WebSocketMessageType.Text);
        }
    }

    public string ExitLabel(ExitFrame exit) => exit switch
    {
        { Code: { } code } => $"{exit.Cause}; code={code}",
        { Signal: { } signal } => $"{exit.Cause}; signal={signal}",
        _ => exit.Cause,
    };
}
