namespace Bascule.Terminal;

/// <summary>What a client that comes new, or late, writes to its terminal to see what others see.</summary>
/// <param name="Bytes">The modes at <paramref name="From"/>, then the output up to <paramref name="To"/>, without questions to the terminal.</param>
/// <param name="From">Offset of the first byte of output in it; 0: all there ever was.</param>
/// <param name="To">Offset to read on from. No sequence and no character is cut there.</param>
public sealed record Snapshot(ReadOnlyMemory<byte> Bytes, long From, long To);
