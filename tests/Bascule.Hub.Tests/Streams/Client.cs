using System.Text;

namespace Bascule.Hub.Tests;

/// <summary>Reads a subscription as a connection does, and keeps what a client would keep.</summary>
internal sealed class Client : ISubscriber
{
    private readonly List<byte> _partial = [];
    private int _told;

    internal Subscription Subscription { get; private set; } = null!;

    internal List<Frame> Frames { get; } = [];

    /// <summary>What it would come back with.</summary>
    internal Cursor? Cursor { get; private set; }

    /// <summary>How often it was told that there is something.</summary>
    internal int Told => Volatile.Read(ref _told);

    internal IEnumerable<Frame> Messages => Frames.Where(f => f.Kind == "message");

    internal IEnumerable<string> Texts => Messages.Select(f => f.Text);

    internal IEnumerable<string> Kinds => Frames.Select(f => f.Kind);

    internal Action<Subscription>? OnDataReady { get; set; }

    public void DataReady(Subscription subscription)
    {
        Interlocked.Increment(ref _told);
        OnDataReady?.Invoke(subscription);
    }

    internal static Client Of(TopicHub hub, string name, Cursor? from = null, MessageFormat format = MessageFormat.Json)
    {
        var client = new Client();
        client.Join(hub, name, from, format);
        return client;
    }

    internal void Join(TopicHub hub, string name, Cursor? from, MessageFormat format = MessageFormat.Json)
    {
        _partial.Clear();
        Subscription = hub.Subscribe(name, format, from, this)!;
        Cursor = Subscription.At;
    }

    /// <summary>Sends as much of one read as the socket takes. False when nothing is left.</summary>
    internal bool Read(int atMost = int.MaxValue, int takes = int.MaxValue)
    {
        if (!Subscription.TryRead(atMost, out var bytes))
            return false;
        Assert.NotEqual(0, bytes.Length);
        var count = Math.Min(takes, bytes.Length);
        foreach (var one in bytes.Span[..count])
        {
            if (one != (byte)'\n')
            {
                _partial.Add(one);
                continue;
            }

            var frame = Frame.Of(Encoding.UTF8.GetString([.. _partial]));
            _partial.Clear();
            Frames.Add(frame);
            Cursor = frame.Cursor;
        }

        Subscription.Advance(count);
        Assert.Equal(_partial.Count == 0, Subscription.AtFrameBoundary);
        return true;
    }

    internal Client ReadAll(int atMost = int.MaxValue)
    {
        while (Read(atMost))
        {
        }

        return this;
    }

    /// <summary>Waits for a word and reads, until the frame is there.</summary>
    internal async Task<Frame> UntilAsync(Func<Frame, bool> isIt)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        while (true)
        {
            ReadAll();
            if (Frames.FirstOrDefault(isIt) is { } found)
                return found;
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, limit.Token);
        }
    }
}
