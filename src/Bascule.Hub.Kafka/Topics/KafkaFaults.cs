using System.Globalization;
using Bascule.Settings;

namespace Bascule.Hub.Kafka;

/// <summary>Finds in the settings of Kafka what cannot work, all of it at once.</summary>
public static class KafkaFaults
{
    private const string Latest = "latest";
    private const string History = "history";

    /// <summary>Each with key, value and remedy; empty when all is well.</summary>
    public static IReadOnlyList<string> Of(KafkaSettings settings)
    {
        var faults = new List<string>();
        if (string.IsNullOrWhiteSpace(settings.Brokers))
            faults.Add("hub.kafka.brokers is empty. Write host:port of one broker or more, separated by commas.");
        foreach (var name in settings.Topics.GroupBy(t => t.Name, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key))
            faults.Add($"hub.kafka.topics names {name} more than once. Name each Kafka topic once.");
        foreach (var topic in settings.Topics)
            faults.AddRange(Of(topic));
        return faults;
    }

    internal static StartRule StartOf(KafkaTopicSettings topic, TimeSpan historyAge, DateTimeOffset now) =>
        topic.Start.Equals(Latest, StringComparison.OrdinalIgnoreCase) ? StartRule.Latest
        : topic.Start.Equals(History, StringComparison.OrdinalIgnoreCase) ? new StartRule(now - historyAge)
        : new StartRule(TryTime(topic.Start, out var time) ? time : throw new ArgumentException($"{topic.Start} is no start.", nameof(topic)));

    private static IEnumerable<string> Of(KafkaTopicSettings topic)
    {
        var key = $"hub.kafka.topics[{topic.Name}]";
        var parts = topic.To.Replace(TopicMapping.TopicWord, topic.Name, StringComparison.Ordinal).Split(TopicMapping.KeyWord);
        if (parts.Length > 2)
            yield return $"{key}.to is {topic.To}: the key may stand in it once.";
        else if (!TopicMapping.IsName(string.Join('k', parts)))
            yield return $"{key}.to is {topic.To}, which makes no name of a topic. Use letters, digits and . _ : / @ + ~ -, at most 200 of them.";
        if (!topic.Start.Equals(Latest, StringComparison.OrdinalIgnoreCase) && !topic.Start.Equals(History, StringComparison.OrdinalIgnoreCase) && !TryTime(topic.Start, out _))
            yield return $"{key}.start is {topic.Start}. Write history, latest, or a time as 2026-11-20T12:00:00Z.";
    }

    private static bool TryTime(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
}

/// <summary>Where the reading of a topic begins.</summary>
/// <param name="Time">At the first record that is not older; null: with what comes from now on.</param>
internal readonly record struct StartRule(DateTimeOffset? Time)
{
    public static StartRule Latest => default;

    public static StartRule Beginning => new(DateTimeOffset.UnixEpoch);
}
