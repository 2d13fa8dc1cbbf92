using System.Globalization;
using System.Text.RegularExpressions;

namespace Bascule.Settings;

/// <summary>Where messages come from: addresses that can be read, and no message twice.</summary>
internal static partial class SourceRules
{
    private const string KafkaPath = "hub.kafka";
    private const string RedisPath = "hub.redis";

    // Kafka's own limit: org.apache.kafka.common.internals.Topic.
    private const int LongestKafkaName = 249;

    internal static void Check(RuleContext context, HubSettings hub)
    {
        if (hub.Kafka is { } kafka)
            CheckKafka(context, kafka);
        if (hub.Redis is { } redis)
            CheckRedis(context, redis);
    }

    /// <summary>The topic, or the pattern of topics, that the messages of a Kafka topic come to.</summary>
    internal static string Target(KafkaTopicSettings topic)
    {
        var named = Named(topic);
        return named.IndexOf("{key}", StringComparison.Ordinal) is >= 0 and var key ? named[..key] + "*" : named;
    }

    private static string Named(KafkaTopicSettings topic) => topic.To.Replace("{topic}", topic.Name, StringComparison.Ordinal);

    private static void CheckKafka(RuleContext context, KafkaSettings kafka)
    {
        CheckBrokers(context, kafka.Brokers);
        if (kafka.Topics.Count == 0)
            context.Fault($"{KafkaPath}.topics", "is empty, so that nothing would be read", "Add the name of a Kafka topic, or remove hub.kafka.");
        for (var i = 0; i < kafka.Topics.Count; i++)
        {
            CheckKafkaTopic(context, kafka.Topics[i], $"{KafkaPath}.topics.{i}");
            CheckTwice(context, kafka.Topics, i);
        }
    }

    private static void CheckBrokers(RuleContext context, string brokers)
    {
        var names = brokers.Split(',', StringSplitOptions.TrimEntries);
        if (names.FirstOrDefault(n => !IsBroker(n)) is { } odd)
            context.Fault($"{KafkaPath}.brokers", odd.Length == 0 ? "has an empty name in it" : $"holds \"{NodeText.WithoutUser(odd)}\", which is no broker",
                "Write HOST:PORT, several separated by commas. What speaks TLS is told by security.protocol in hub.kafka.options.");
    }

    private static bool IsBroker(string text)
    {
        var colon = text.LastIndexOf(':');
        var hasPort = colon >= 0 && !text.EndsWith(']');
        var host = hasPort ? text[..colon] : text;
        return Uri.CheckHostName(host) != UriHostNameType.Unknown && (!host.Contains(':') || host[0] == '[')
            && (!hasPort || (ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0));
    }

    private static void CheckKafkaTopic(RuleContext context, KafkaTopicSettings topic, string path)
    {
        var isName = topic.Name.Length is > 0 and <= LongestKafkaName && topic.Name is not ("." or "..") && topic.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
        if (!isName)
            context.Fault($"{path}.name", "is no name that Kafka takes", $"Use letters, digits and . _ - only, {LongestKafkaName} at most.");
        if (Placeholder().Matches(topic.To).FirstOrDefault(m => m.Value is not ("{topic}" or "{key}")) is { } unknown)
            context.Fault($"{path}.to", $"holds {unknown.Value}, which stands for nothing", "Only {topic}, the name in Kafka, and {key}, the key of the message, are known.");
        else if (isName && TopicText.Fault(Named(topic).Replace("{key}", "k", StringComparison.Ordinal)) is { } fault)
            context.Fault($"{path}.to", $"makes names that no topic can have: {Named(topic)} {fault}", TopicText.Rule);
        if (!KafkaStart.TryParse(topic.Start, out _))
            context.Fault($"{path}.start", "is no place to begin", "Write history, latest, or a time with its offset from UTC: 2026-11-20T12:00:00Z.");
    }

    private static void CheckTwice(RuleContext context, IReadOnlyList<KafkaTopicSettings> topics, int index)
    {
        var topic = topics[index];
        for (var other = 0; other < index; other++)
        {
            var (path, first) = ($"{KafkaPath}.topics.{index}", $"{KafkaPath}.topics.{other} ({context.OriginOf($"{KafkaPath}.topics.{other}")})");
            if (topics[other].Name == topic.Name)
                context.Fault($"{path}.name", $"is read by {first} too", "Keep one of the two.");
            else if (topic.Publish && topics[other].Publish && TopicText.Meet(Target(topics[other]), Target(topic)))
                context.Fault($"{path}.publish", $"asks for what clients publish to {Target(topic)}, as {first} does", "Let one of the two have it, or make their topics (to) differ.");
            else
                continue;
            return;
        }
    }

    private static void CheckRedis(RuleContext context, RedisTopicSettings redis)
    {
        if (context.SecretAt($"{RedisPath}.url", redis.Url) is { } address)
        {
            StorageAddress.Parse(address, out var faults);
            if (!address.StartsWith("redis://", StringComparison.Ordinal))
                faults = [new StorageFault("is no address of a Redis", "Write redis://[[USER]:PASSWORD@]HOST[:PORT][/NUMBER].")];
            foreach (var fault in faults)
                context.Fault($"{RedisPath}.url", fault.Problem, fault.Remedy);
        }

        if (redis.Channels.Count == 0 && redis.Streams.Count == 0 && context.IsSound(RedisPath))
            context.Fault(RedisPath, "names neither channels nor streams, so that nothing would be read", "Add one of them, or remove hub.redis.");
        HubRules.CheckNames(context, redis.Channels, $"{RedisPath}.channels");
        foreach (var stream in redis.Streams)
        {
            if (TopicText.Fault(stream) is { } fault)
                context.Fault($"{RedisPath}.streams", $"holds \"{NodeText.WithoutUser(stream)}\", which {fault}", TopicText.Rule);
        }

        CheckOverlap(context, redis.Channels, $"{RedisPath}.channels");
        CheckOverlap(context, redis.Streams, $"{RedisPath}.streams");
    }

    private static void CheckOverlap(RuleContext context, IReadOnlyList<string> names, string path)
    {
        for (var i = 1; i < names.Count; i++)
        {
            if (names.Take(i).FirstOrDefault(n => TopicText.Meet(n, names[i])) is { } first)
                context.Fault(path, $"holds \"{first}\" and \"{names[i]}\", so that messages would come twice", "Keep the wider one.");
        }
    }

    [GeneratedRegex("\\{[^}]*\\}?|\\}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Placeholder();
}
