using System.Buffers;
using Bascule.Settings;

namespace Bascule.Hub;

/// <summary>What the parts of one shard share. All of it is under one lock, which orders everything: it is held for microseconds, never while something is sent or waited for.</summary>
internal sealed class Shard
{
    private readonly Func<MessageFormat, IFrameEncoder> _encoders;
    private readonly Dictionary<string, SourceState> _sources = new(StringComparer.Ordinal);

    internal Shard(HubSettings settings, TimeProvider time, Func<MessageFormat, IFrameEncoder> encoders, IHistorySource? history)
    {
        _encoders = encoders;
        Settings = settings;
        Time = time;
        History = new History(settings.History, time);
        Topics = new TopicTable(this);
        Fetches = new FetchDesk(history, this);
    }

    internal Lock Gate { get; } = new();

    internal HubSettings Settings { get; }

    internal TimeProvider Time { get; }

    internal LogTable Logs { get; } = new();

    internal History History { get; }

    internal TopicTable Topics { get; }

    internal FetchDesk Fetches { get; }

    internal Tally Tally { get; } = new();

    internal Wakes Wakes { get; } = new();

    /// <summary>A frame is written here before it is known where it fits.</summary>
    internal ArrayBufferWriter<byte> Scratch { get; } = new();

    /// <summary>Number of the newest entry.</summary>
    internal long Sequence { get; set; }

    internal IReadOnlyList<SourceState> Sources => [.. _sources.Values];

    /// <summary>Where a topic stands, also when nobody reads it.</summary>
    internal string TextOf(string topic) => Topics.Find(topic)?.Stream?.TextNow() ?? CursorText.Write(Array.ConvertAll(Logs.FeedsOf(topic), p => p.Position));

    internal IFrameEncoder EncoderOf(MessageFormat format) => _encoders(format);

    internal void Report(SourceState state)
    {
        lock (Gate)
            _sources[state.Name] = state;
    }

    /// <summary>Whether all that the sources have was read: who has seen more has seen what is there no more.</summary>
    internal bool AreSourcesQuiet() => _sources.Values.All(s => s is { IsConnected: true, IsCaughtUp: true, Lag: null or 0 });
}
