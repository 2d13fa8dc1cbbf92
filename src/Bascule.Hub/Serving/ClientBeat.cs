using System.Buffers.Binary;
using Bascule.Model;
using Bascule.Protocol;
using Bascule.Settings;

namespace Bascule.Hub;

/// <summary>The pings of one connection: sent after silence, and what they tell.</summary>
internal sealed class ClientBeat(TimeProvider time)
{
    /// <summary>Above 2^32, so that no ordinary payload is taken for one of ours.</summary>
    private readonly ulong _mark = (ulong)Random.Shared.NextInt64() << 16;
    private ulong _number;
    private bool _outstanding;
    private long _sentAt;

    /// <summary>When the first ping in the present silence went out.</summary>
    private long _askedAt;
    private long _roundTripTicks = -1;
    private int _missed;

    internal TimeSpan? RoundTrip => Volatile.Read(ref _roundTripTicks) is >= 0 and var ticks ? TimeSpan.FromTicks(ticks) : null;

    internal int Missed => Volatile.Read(ref _missed);

    /// <summary>The ending of a client that fell silent in spite of pings, or null. Sends a ping where one is due.</summary>
    internal Ending? Look(HeartbeatSettings settings, ClientReader reader, ClientSender sender, Standstills still)
    {
        if (settings.Interval == TimeSpan.Zero || reader.Close is not null || reader.IsPaused)
            return null;
        var heard = Math.Max(reader.LastByteAt, reader.ResumedAt);
        var silence = still.TimeSince(heard);
        if (silence < settings.Interval)
            return null;
        // Bytes that the client took lately are a sign of life, though its answer to a ping stands behind them.
        var stuckFor = sender.BlockedAt is not 0 and var since ? still.TimeSince(since) : TimeSpan.MaxValue;
        // This looks once a second, and may be late: a ping that has only just gone out is no question that was not answered.
        var wasAsked = _askedAt > heard && still.TimeSince(_askedAt) >= settings.Timeout - settings.Interval;
        if (silence >= settings.Timeout && wasAsked && stuckFor >= settings.Interval)
            return new Ending(EndReasons.ClientHeartbeatLost, $"silent for {silence.TotalSeconds:0.#} s in spite of pings; the limit is {settings.Timeout.TotalSeconds:0.#} s");
        Ping(settings.Interval, heard, sender, still);
        return null;
    }

    /// <param name="payload">Unmasked.</param>
    /// <returns>Whether it answers our last ping.</returns>
    internal bool TakePong(ReadOnlySpan<byte> payload)
    {
        if (payload.Length != sizeof(ulong) || !_outstanding || BinaryPrimitives.ReadUInt64BigEndian(payload) != _mark + _number)
            return false;
        _outstanding = false;
        Volatile.Write(ref _roundTripTicks, time.GetElapsedTime(_sentAt).Ticks);
        return true;
    }

    private void Ping(TimeSpan interval, long heard, ClientSender sender, Standstills still)
    {
        if (_outstanding && still.TimeSince(_sentAt) < interval)
            return;
        Span<byte> payload = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(payload, _mark + ++_number);
        var unanswered = _outstanding;
        _sentAt = time.GetTimestamp();
        if (_askedAt <= heard)
            _askedAt = _sentAt;
        _outstanding = true;
        if (sender.Post(Opcode.Ping, payload, asked: false) && unanswered)
            Interlocked.Increment(ref _missed);
    }
}
