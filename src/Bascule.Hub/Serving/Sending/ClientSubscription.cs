namespace Bascule.Hub;

/// <summary>A subscription in the hands of a connection.</summary>
internal sealed class ClientSubscription(Subscription subscription, string name)
{
    /// <summary>1: in the list of those that have something, or on the way into it.</summary>
    internal int Queued;

    private byte[]? _lastWords;

    internal Subscription Subscription { get; } = subscription;

    internal string Name { get; } = name;

    /// <summary>The next in the list of those that have something.</summary>
    internal ClientSubscription? Next { get; set; }

    /// <summary>It is to end, and the client to be told by this message. Set once, by any thread; the send loop ends it at the next boundary of a frame.</summary>
    internal byte[]? LastWords
    {
        get => Volatile.Read(ref _lastWords);
        set => Volatile.Write(ref _lastWords, value);
    }

    /// <summary>Ended. Of the send loop alone.</summary>
    internal bool IsOver { get; set; }
}
