namespace Bascule.Diagnostics;

/// <summary>A message as its frames came, and the control frames between them.</summary>
/// <param name="End">Why it is not whole; <see cref="PeerEnd.None"/> when it is, or when a close frame came in its place.</param>
internal sealed record MessageSeen(IReadOnlyList<FrameSeen> Frames, IReadOnlyList<FrameSeen> Controls, PeerEnd End)
{
    internal bool IsWhole => Frames is [.., { Final: true }];

    internal byte[] Payload => Frames is [var only] ? only.Payload : [.. Frames.SelectMany(f => f.Payload)];

    /// <summary>What is not as it was sent; null when all is. How it is cut into frames is not looked at.</summary>
    internal string? Difference(Way way, int opcode, ReadOnlySpan<byte> payload, byte reserved = 0)
    {
        if (!IsWhole)
            return $"no whole message came: {this}";
        if (Frames[0].Opcode != opcode || Frames[0].Reserved != reserved)
            return $"it came as {Frames[0]}";
        if (Frames.Skip(1).Any(f => f.Opcode != 0 || f.Reserved != 0))
            return $"its frames do not belong together: {this}";
        if (Frames.Any(f => f.Masked != (way == Way.Up)))
            return way == Way.Up ? "it came without a mask" : "it came masked";
        if (Frames.Any(f => !f.IsShortest))
            return "its length was not written in the shortest form";
        var seen = Payload;
        var same = seen.AsSpan().CommonPrefixLength(payload);
        return same == payload.Length && same == seen.Length ? null : $"{seen.Length} bytes came for {payload.Length}, the same up to byte {same}";
    }

    public override string ToString()
    {
        var frames = Frames.Concat(Controls).Select(f => f.ToString()).ToList();
        if (End != PeerEnd.None)
            frames.Add(End.Words());
        return string.Join(", then ", frames);
    }
}

internal static class MessageReading
{
    /// <summary>Frames up to the last one of a message, or a close frame, or the end.</summary>
    internal static async Task<MessageSeen> ReadMessageAsync(this RawPeer peer, CancellationToken interruption)
    {
        List<FrameSeen> frames = [];
        List<FrameSeen> controls = [];
        while (true)
        {
            var read = await peer.ReadAsync(interruption);
            if (read.Frame is not { } frame)
                return new MessageSeen(frames, controls, read.End);
            (frame.IsControl ? controls : frames).Add(frame);
            if (frame.Opcode == 8 || (!frame.IsControl && frame.Final))
                return new MessageSeen(frames, controls, PeerEnd.None);
        }
    }

    /// <summary>The close frame, whatever comes before it; else why there is none. Waits no longer than the limit of a step for each frame.</summary>
    internal static async Task<PeerRead> ReadUntilCloseAsync(this RawPeer peer, CancellationToken interruption)
    {
        PeerRead read;
        do
        {
            read = await peer.ReadAsync(interruption);
        }
        while (read.Frame is { Opcode: not 8 });
        return read;
    }
}
