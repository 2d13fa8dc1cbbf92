using System.Globalization;
using Bascule.Kafka.MockBrokers;

// 1. The brokers; how many is the only argument.
var cluster = new Cluster(args is [var count] ? Number(count) : 3);
Console.WriteLine($"ready {cluster.Addresses}");

// 2. Commands, until the input ends.
while (Console.ReadLine() is { } line and not "quit")
{
    var error = Do(cluster, line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    Console.WriteLine(error switch
    {
        null => $"error: {line} is no command",
        0 => "ok",
        _ => $"error: librdkafka says {error}",
    });
}

static int? Do(Cluster cluster, string[] words) => words switch
{
    ["topic", var name, var partitions] => cluster.CreateTopic(name, Number(partitions)),
    ["down", var broker] => cluster.SetDown(Number(broker)),
    ["up", var broker] => cluster.SetUp(Number(broker)),
    ["slow", var broker, var milliseconds] => cluster.SetSlow(Number(broker), Number(milliseconds)),
    ["leader", var topic, var partition, var broker] => cluster.SetLeader(topic, Number(partition), Number(broker)),
    ["fail", var api, var error, var times] => cluster.Fail((short)Number(api), Number(error), Number(times)),
    _ => null,
};

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
