using System.Text;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Hub.Tests;

/// <summary>Hubs as tests need them, and what comes into them.</summary>
internal static class Hubs
{
    internal static readonly LogId Prices = LogId.Of("test:prices");

    internal static TopicHub Of(ManualTime time, HubSettings? settings = null, IHistorySource? history = null) => new(
        settings ?? new HubSettings(), time, format => format is MessageFormat.Raw or MessageFormat.RawDeflate ? new BareEncoder() : LineEncoder.Instance, history);

    /// <summary>With one log of so many partitions, which feeds what the pattern says.</summary>
    internal static TopicHub WithLog(this TopicHub hub, int partitions = 1, string feeds = "prices.*", long first = 0, LogId? id = null)
    {
        hub.Begin(new SourceLog(id ?? Prices, "prices", feeds, Enumerable.Range(0, partitions).ToDictionary(p => p, _ => first)));
        return hub;
    }

    internal static HubSettings With(TopicSettings rules, HistorySettings? history = null) => new()
    {
        Topics = new Dictionary<string, TopicSettings>(StringComparer.Ordinal) { ["*"] = rules },
        History = history ?? new HistorySettings(),
    };

    internal static SourceMessage Message(long offset, string? text = null, string topic = "prices.eur", int partition = 0, string? key = null, LogId? log = null) => new(
        topic, key, Encoding.UTF8.GetBytes(text ?? $"{partition}:{offset}"), new Position(log ?? Prices, partition, offset), DateTimeOffset.UnixEpoch);

    internal static void Give(this TopicHub hub, params ReadOnlySpan<SourceMessage> messages) => hub.Append(messages);

    /// <summary>Messages of one topic and partition: the offsets from one to the other, both included.</summary>
    internal static void GiveRange(this TopicHub hub, long first, long last, string topic = "prices.eur", int partition = 0, int bytes = 0)
    {
        for (var offset = first; offset <= last; offset++)
            hub.Append([Message(offset, $"{partition}:{offset}".PadRight(bytes, '.'), topic, partition)]);
    }

    internal static Cursor Parse(string text) => Cursor.TryParse(text, out var cursor) ? cursor : throw new FormatException($"'{text}' is no cursor.");

    internal static Cursor Seen(long offset, int partition = 0, LogId? log = null) => Cursor.Empty.With(new Position(log ?? Prices, partition, offset));
}
