using System.Runtime.InteropServices;

namespace Bascule.Kafka.MockBrokers;

/// <summary>librdkafka's mock cluster. It lives as long as the process.</summary>
internal sealed class Cluster
{
    private readonly IntPtr _cluster;

    public Cluster(int brokers)
    {
        var errorText = new byte[512];
        // A client that never connects, and need not say so: the cluster borrows its threads and its log.
        var options = Native.NewOptions();
        Native.SetOption(options, "log_level", "3", errorText, (nuint)errorText.Length);
        var client = Native.New(Native.Producer, options, errorText, (nuint)errorText.Length);
        _cluster = client == IntPtr.Zero ? IntPtr.Zero : Native.NewCluster(client, brokers);
        if (_cluster == IntPtr.Zero)
            throw new InvalidOperationException("librdkafka makes no mock cluster.");
        Addresses = Marshal.PtrToStringUTF8(Native.Addresses(_cluster)) ?? "";
    }

    /// <summary>As clients take them for <c>bootstrap.servers</c>.</summary>
    public string Addresses { get; }

    /// <summary>An error of librdkafka, 0 when all is well; so for the others.</summary>
    public int CreateTopic(string name, int partitions) => Native.CreateTopic(_cluster, name, partitions, replicas: 3);

    public int SetDown(int broker) => Native.SetDown(_cluster, broker);

    public int SetUp(int broker) => Native.SetUp(_cluster, broker);

    public int SetLeader(string topic, int partition, int broker) => Native.SetLeader(_cluster, topic, partition, broker);

    public int SetSlow(int broker, int milliseconds) => Native.SetRoundTrip(_cluster, broker, milliseconds);

    public int Fail(short api, int error, int count)
    {
        Native.FailNext(_cluster, api, (nuint)count, [.. Enumerable.Repeat(error, count)]);
        return 0;
    }
}
