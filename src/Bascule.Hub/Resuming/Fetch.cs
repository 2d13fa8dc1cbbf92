namespace Bascule.Hub;

/// <summary>Older messages of one partition, on their way or here. All clients that need them share them.</summary>
internal sealed class Fetch(string name, Missing range)
{
    private readonly List<SourceMessage> _messages = [];
    private bool _isDone;

    /// <summary>The topic or the pattern that they are for.</summary>
    internal string Name { get; } = name;

    internal Missing Range { get; } = range;

    /// <summary>Under the lock of the desk.</summary>
    internal List<Subscription> Readers { get; } = [];

    /// <summary>The rest is to be read only then.</summary>
    internal bool IsDone => Volatile.Read(ref _isDone);

    internal IReadOnlyList<SourceMessage> Messages => _messages;

    internal long Bytes { get; private set; }

    /// <summary>Messages that were read for it, also those of other topics.</summary>
    internal int Read { get; private set; }

    internal GapReason? Fault { get; private set; }

    internal void Add(SourceMessage message)
    {
        if (!TopicPattern.Fits(Name, message.Topic))
            return;
        _messages.Add(message);
        Bytes += message.Payload.Length + Entry.Overhead;
    }

    internal void Complete(FetchResult result)
    {
        Read = result.Messages;
        Fault = result.Fault;
        Volatile.Write(ref _isDone, true);
    }
}

/// <summary>How far one client is in a fetch.</summary>
internal sealed class FetchReading(Missing range, Fetch fetch)
{
    private int _next;

    internal Fetch Fetch { get; } = fetch;

    /// <summary>What is seen when all was read.</summary>
    internal Position Through => range.Partition.Position with { Offset = range.Through };

    internal SourceMessage? Next() => _next < Fetch.Messages.Count ? Fetch.Messages[_next++] : null;
}
