namespace Bascule.Terminal;

/// <summary>What a viewer is shown in place of output that it cannot get, or should not get again.</summary>
/// <param name="Reason">Of contract/terminal.md.</param>
/// <param name="Offset">Where its output goes on.</param>
/// <param name="Missing">Bytes that it will not see.</param>
/// <param name="Replay">Brings its screen to where the others' is; empty without a terminal.</param>
internal sealed record Skip(byte Channel, string Reason, long Offset, long Missing, ReadOnlyMemory<byte> Replay);

/// <summary>How a viewer is talked to: bascule.term.v1, the channels of Kubernetes, or text.</summary>
internal interface IDialect
{
    /// <summary>Bytes of each stream that are sent without an ack; <see cref="long.MaxValue"/> where there are none.</summary>
    long Window { get; }

    int MostMessageBytes { get; }

    /// <summary>Takes a message of the client.</summary>
    /// <returns>Null, or why the connection ends.</returns>
    ValueTask<WireFault?> TakeAsync(Arrival kind, ReadOnlyMemory<byte> message);

    /// <summary>Sends output.</summary>
    /// <param name="frame">Room for a header of <see cref="ServerFrames.OutputHeaderBytes"/>, then the bytes.</param>
    /// <returns>False when the connection is gone.</returns>
    ValueTask<bool> SendOutputAsync(byte channel, long offset, Memory<byte> frame);

    ValueTask<bool> SendSkipAsync(Skip skip);

    /// <summary>After all output, before the close.</summary>
    ValueTask SendExitAsync(ExitFrame exit);

    /// <summary>Beginning of the reason of the close frame after an exit.</summary>
    string ExitLabel(ExitFrame exit);

    /// <summary>A sign of life, where the dialect has one.</summary>
    ReadOnlyMemory<byte>? Life { get; }
}
