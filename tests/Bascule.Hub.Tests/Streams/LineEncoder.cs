using System.Buffers;
using System.Globalization;
using System.Text;

namespace Bascule.Hub.Tests;

/// <summary>The simplest format that says all: a line for each frame, fields between tabs.</summary>
internal sealed class LineEncoder : IFrameEncoder
{
    internal static readonly LineEncoder Instance = new();

    public void Message(IBufferWriter<byte> to, SourceMessage message, string subscription, string cursor)
    {
        var position = message.Position;
        Write(to, "message", subscription, cursor, message.Topic, message.Key ?? "", Encoding.UTF8.GetString(message.Payload.Span),
            $"{position.Log.Value.ToString(CultureInfo.InvariantCulture)}/{position.Partition}/{position.Offset}");
    }

    public void Checkpoint(IBufferWriter<byte> to, string subscription, string cursor) => Write(to, "checkpoint", subscription, cursor);

    public void Resumed(IBufferWriter<byte> to, string subscription, string cursor, long replayed, ReplaySource source) =>
        Write(to, "resumed", subscription, cursor, $"{replayed}", $"{source}");

    public void Gap(IBufferWriter<byte> to, string subscription, GapReason reason, string? from, string cursor) =>
        Write(to, "gap", subscription, cursor, $"{reason}", from ?? "");

    private static void Write(IBufferWriter<byte> to, params string[] fields) => Encoding.UTF8.GetBytes(string.Join('\t', fields) + "\n", to);
}

/// <summary>Has no word for anything but messages, as plain clients have none.</summary>
internal sealed class BareEncoder : IFrameEncoder
{
    public void Message(IBufferWriter<byte> to, SourceMessage message, string subscription, string cursor) => LineEncoder.Instance.Message(to, message, subscription, cursor);

    public void Checkpoint(IBufferWriter<byte> to, string subscription, string cursor)
    {
    }

    public void Resumed(IBufferWriter<byte> to, string subscription, string cursor, long replayed, ReplaySource source)
    {
    }

    public void Gap(IBufferWriter<byte> to, string subscription, GapReason reason, string? from, string cursor)
    {
    }
}

/// <summary>One line, read again.</summary>
internal sealed record Frame(string Kind, string Subscription, Cursor Cursor, IReadOnlyList<string> Rest)
{
    internal string Topic => Rest[0];

    internal string Text => Rest[2];

    internal Position Position { get; } = Kind == "message" ? PositionOf(Rest[3]) : default;

    internal GapReason Reason => Enum.Parse<GapReason>(Rest[0]);

    internal Cursor From => Hubs.Parse(Rest[1]);

    internal long Replayed => long.Parse(Rest[0], CultureInfo.InvariantCulture);

    internal ReplaySource Source => Enum.Parse<ReplaySource>(Rest[1]);

    internal static Frame Of(string line)
    {
        var fields = line.Split('\t');
        return new Frame(fields[0], fields[1], Hubs.Parse(fields[2]), fields[3..]);
    }

    private static Position PositionOf(string text)
    {
        var parts = text.Split('/');
        return new Position(new LogId(ulong.Parse(parts[0], CultureInfo.InvariantCulture)), int.Parse(parts[1], CultureInfo.InvariantCulture), long.Parse(parts[2], CultureInfo.InvariantCulture));
    }
}
