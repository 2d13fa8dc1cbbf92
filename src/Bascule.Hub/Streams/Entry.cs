namespace Bascule.Hub;

/// <summary>One message in the order of this shard; or a word to the readers of one stream, which has a place in that order, too.</summary>
internal sealed class Entry
{
    /// <summary>What a remembered message takes beside its payload and key: the objects around it, and its places in the rings.</summary>
    internal const int Overhead = 300;

    private Entry(long sequence, long at)
    {
        Sequence = sequence;
        At = at;
    }

    /// <summary>Counts all entries of the shard, from 1.</summary>
    internal long Sequence { get; }

    /// <summary>When it came, as a timestamp.</summary>
    internal long At { get; }

    /// <summary>Null for a word.</summary>
    internal Topic? Topic { get; private init; }

    /// <summary>Null for a word.</summary>
    internal PartitionState? Partition { get; private init; }

    internal long Offset { get; private init; }

    /// <summary>Null once it is forgotten, and for a word. Under the shard's lock.</summary>
    internal SourceMessage? Message { get; private set; }

    /// <summary>For a word: where the stream stands.</summary>
    internal Cursor? Stand { get; private init; }

    internal int Bytes { get; private init; }

    internal bool IsMessage => Partition is not null;

    internal Position Position => new(Partition!.Log.Id, Partition.Number, Offset);

    internal static Entry Of(SourceMessage message, long sequence, long at, Topic topic, PartitionState partition) => new(sequence, at)
    {
        Topic = topic,
        Partition = partition,
        Offset = message.Position.Offset,
        Message = message,
        Bytes = message.Payload.Length + (2 * (message.Key?.Length ?? 0)) + Overhead,
    };

    internal static Entry Word(long sequence, long at, Cursor stand) => new(sequence, at) { Stand = stand };

    internal void Forget() => Message = null;
}
