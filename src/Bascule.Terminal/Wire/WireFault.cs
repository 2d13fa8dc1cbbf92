namespace Bascule.Terminal;

/// <summary>What a client sent and may not: it ends the connection.</summary>
/// <param name="Code">Of the close frame.</param>
/// <param name="Label">Of contract/terminal.md.</param>
/// <param name="Text">For a person: what came, what was expected.</param>
public sealed record WireFault(int Code, string Label, string Text)
{
    public static WireFault BadFrame(string text) => new(4400, "bad_frame", text);

    public static WireFault HelloMissing(string text) => new(4400, "hello_missing", text);

    public static readonly WireFault TooBig = new(4413, "message_too_big", $"A frame may have {ClientFrames.MostBytes} bytes.");
}
