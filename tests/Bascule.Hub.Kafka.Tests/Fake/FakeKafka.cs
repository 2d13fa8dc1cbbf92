using System.Net;
using System.Net.Sockets;

namespace Bascule.Hub.Kafka.Tests;

/// <summary>One broker in this process, for what the mock brokers cannot do: topic ids, topics made anew, more partitions, lost ends, offsets by time.</summary>
internal sealed class FakeKafka : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;

    public FakeKafka()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Lock Gate { get; } = new();

    public Dictionary<string, FakeTopic> Topics { get; } = new(StringComparer.Ordinal);

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Address => $"127.0.0.1:{Port}";

    /// <summary>10 and above have topic ids, 2 to 9 the cluster's id only.</summary>
    public short NewestMetadata { get; init; } = 10;

    /// <summary>Null: nobody has to log in.</summary>
    public string? Password { get; init; }

    public void Make(string topic, int partitions)
    {
        lock (Gate)
            Topics[topic] = new FakeTopic(Guid.NewGuid(), partitions);
    }

    public void Change(string topic, Action<FakeTopic> change)
    {
        lock (Gate)
            change(Topics[topic]);
    }

    public void Write(string topic, int partition, string value, DateTimeOffset at) => Change(topic, t => t.Partitions[partition].Write(value, at));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            // The end of the test.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using (client)
                await new FakeConnection(this, client.GetStream()).RunAsync(_stop.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
        {
            // The client left, or the test did.
        }
    }
}

internal sealed class FakeTopic(Guid id, int partitions)
{
    public Guid Id { get; } = id;

    public List<FakePartition> Partitions { get; } = [.. Enumerable.Range(0, partitions).Select(_ => new FakePartition())];
}

internal sealed class FakePartition
{
    public long Low { get; private set; }

    public List<(long Offset, string Value, long UnixMilliseconds)> Records { get; } = [];

    public long High { get; private set; }

    public void Write(string value, DateTimeOffset at) => Records.Add((High++, value, at.ToUnixTimeMilliseconds()));

    /// <summary>An offset that is no record, as the marker of a transaction or what compaction took.</summary>
    public void WriteHole() => High++;

    /// <summary>The log loses its end.</summary>
    public void Cut(long newHigh)
    {
        Records.RemoveAll(r => r.Offset >= newHigh);
        High = newHigh;
    }

    /// <summary>Retention deletes the beginning.</summary>
    public void DeleteBefore(long newLow)
    {
        Records.RemoveAll(r => r.Offset < newLow);
        Low = newLow;
    }
}
