using System.Text;
using System.Text.Unicode;
using Bascule.Settings;

namespace Bascule.Hub.Kafka;

/// <summary>Which topic of the hub a Kafka record belongs to, and which Kafka topic and key a topic of the hub means.</summary>
public sealed class TopicMapping
{
    private const string TopicWord = "{topic}";
    private const string KeyWord = "{key}";
    private readonly string _before;
    private readonly string _after;
    private readonly bool _takesKey;

    public TopicMapping(KafkaTopicSettings settings)
    {
        KafkaTopic = settings.Name;
        MayPublish = settings.Publish;
        var pattern = settings.To.Replace(TopicWord, settings.Name, StringComparison.Ordinal);
        var key = pattern.IndexOf(KeyWord, StringComparison.Ordinal);
        _takesKey = key >= 0;
        _before = _takesKey ? pattern[..key] : pattern;
        _after = _takesKey ? pattern[(key + KeyWord.Length)..] : "";
        Feeds = _takesKey ? _before + "*" : pattern;
    }

    public string KafkaTopic { get; }

    /// <summary>The topic of the hub, or the pattern of topics, that records may belong to.</summary>
    public string Feeds { get; }

    public bool MayPublish { get; }

    /// <summary>How much of the hub's name is fixed: where two mappings fit a name, the one with more of it wins.</summary>
    internal int FixedLength => _before.Length + _after.Length;

    /// <summary>The name and key for a record; false when it has no key that makes a valid name. A key that is not UTF-8 is given in hex, but makes no name.</summary>
    public bool TryName(byte[]? key, out string topic, out string? keyText)
    {
        var isText = TryText(key, out keyText);
        if (!_takesKey)
        {
            topic = _before;
            return true;
        }

        topic = isText && keyText is not null ? _before + keyText + _after : "";
        return isText && !string.IsNullOrEmpty(keyText) && TopicName.IsValid(topic);
    }

    /// <summary>Whether the topic of the hub is one of this Kafka topic, and by which key; null: any.</summary>
    public bool TryKey(string topic, out string? key)
    {
        key = null;
        if (!_takesKey)
            return topic.Equals(_before, StringComparison.Ordinal);
        if (topic.Length <= FixedLength || !topic.StartsWith(_before, StringComparison.Ordinal) || !topic.EndsWith(_after, StringComparison.Ordinal))
            return false;
        key = topic[_before.Length..^_after.Length];
        return true;
    }

    private static bool TryText(byte[]? key, out string? text)
    {
        if (key is null)
        {
            text = null;
            return true;
        }

        if (Utf8.IsValid(key))
        {
            text = Encoding.UTF8.GetString(key);
            return true;
        }

        text = Convert.ToHexStringLower(key);
        return false;
    }
}
