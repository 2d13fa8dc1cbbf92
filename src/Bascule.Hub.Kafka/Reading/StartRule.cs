using Bascule.Settings;

namespace Bascule.Hub.Kafka;

/// <summary>Where the reading of a topic begins.</summary>
/// <param name="Time">At the first record that is not older; null: with what comes from now on.</param>
internal readonly record struct StartRule(DateTimeOffset? Time)
{
    public static StartRule Beginning => new(DateTimeOffset.UnixEpoch);

    /// <exception cref="ArgumentException">The start is none that the rules of the settings let pass.</exception>
    public static StartRule Of(KafkaTopicSettings topic, TimeSpan historyAge, DateTimeOffset now)
    {
        if (!KafkaStart.TryParse(topic.Start, out var time))
            throw new ArgumentException($"{topic.Start} is no place to begin.", nameof(topic));
        return topic.Start == KafkaStart.History ? new StartRule(now - historyAge) : new StartRule(time);
    }
}
