using System.Buffers;
using System.Text.Json;
using Bascule.Protocol;

namespace Bascule.Hub;

/// <summary>One question of a client that polls: what came since its cursor, at once when there is something, else as soon as something comes.</summary>
public sealed class TopicPoll
{
    private const int MaxMessages = 1000;
    private const int MaxBytes = 1 << 20;

    private readonly ArrayBufferWriter<byte> _messages = new();
    private readonly Subscription _subscription;
    private byte[]? _gap;
    private string _cursor;
    private int _count;
    private bool _isReplaying;

    private TopicPoll(Subscription subscription)
    {
        _subscription = subscription;
        _cursor = subscription.At.ToString();
        _isReplaying = subscription.Resume.Kind == ResumeKind.Whole;
    }

    private bool IsFull => _count >= MaxMessages || _messages.WrittenCount >= MaxBytes;

    private bool HasNews => _count > 0 || _gap is not null;

    /// <summary>Answers with JSON: <c>{topic, messages:[…], cursor, gap?}</c>. Without a cursor it answers at once with the one of now.</summary>
    /// <param name="wait">How long to wait for the first message.</param>
    /// <returns>Null when the hub holds as many topics as it can.</returns>
    public static async Task<byte[]?> AskAsync(TopicHub hub, TopicStart topic, TimeSpan wait, TimeProvider time, CancellationToken cancellation)
    {
        var bell = new Bell();
        using var subscription = hub.Subscribe(topic.Name, MessageFormat.Json, topic.From, bell);
        if (subscription is null)
            return null;
        var poll = new TopicPoll(subscription);
        if (topic.From is not null)
            await poll.GatherAsync(bell, wait, time, cancellation);
        cancellation.ThrowIfCancellationRequested();
        return poll.Answer();
    }

    private async Task GatherAsync(Bell bell, TimeSpan wait, TimeProvider time, CancellationToken cancellation)
    {
        var isLate = wait <= TimeSpan.Zero;
        await using var cancelled = cancellation.UnsafeRegister(static bell => ((Bell)bell!).Ring(), bell);
        await using var timer = time.CreateTimer(
            _ =>
            {
                Volatile.Write(ref isLate, true);
                bell.Ring();
            },
            null, wait > TimeSpan.Zero ? wait : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        while (true)
        {
            var late = Volatile.Read(ref isLate);
            while (!IsFull && _subscription.TryRead(MaxBytes, out var frames))
            {
                Take(frames.Span);
                _subscription.Advance(frames.Length);
            }

            if (IsFull || late || cancellation.IsCancellationRequested || (HasNews && !_isReplaying))
                return;
            await bell.WaitAsync();
        }
    }

    /// <summary>Takes the objects out of whole frames.</summary>
    private void Take(ReadOnlySpan<byte> frames)
    {
        while (!IsFull && FrameHeader.TryRead(frames, out var header).IsComplete)
        {
            var text = frames.Slice(header.HeaderLength, (int)header.PayloadLength);
            TakeObject(text);
            frames = frames[(int)header.FrameLength..];
        }
    }

    private void TakeObject(ReadOnlySpan<byte> text)
    {
        var type = Read(text, out var cursor);
        _cursor = cursor ?? _cursor;
        switch (type)
        {
            case "message":
                if (_count++ > 0)
                    _messages.Write(","u8);
                _messages.Write(text);
                break;
            case "gap":
                _gap = text.ToArray();
                _isReplaying = false;
                break;
            case "resumed":
                _isReplaying = false;
                break;
        }
    }

    /// <summary>Type and cursor, which stand before anything that came from outside.</summary>
    private static string? Read(ReadOnlySpan<byte> text, out string? cursor)
    {
        cursor = null;
        string? type = null;
        var reader = new Utf8JsonReader(text, isFinalBlock: true, default);
        reader.Read();
        while ((type is null || cursor is null) && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals(MessageJson.Type.EncodedUtf8Bytes);
            var isCursor = reader.ValueTextEquals(MessageJson.Cursor.EncodedUtf8Bytes);
            reader.Read();
            if (isType)
                type = reader.GetString();
            else if (isCursor)
                cursor = reader.GetString();
        }

        return type;
    }

    private byte[] Answer()
    {
        var answer = new ArrayBufferWriter<byte>(_messages.WrittenCount + 512);
        using var json = new Utf8JsonWriter(answer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        json.WriteStartObject();
        json.WriteString(MessageJson.Topic, _subscription.Name);
        json.WriteStartArray("messages");
        if (_count > 0)
            json.WriteRawValue(_messages.WrittenSpan, skipInputValidation: true);
        json.WriteEndArray();
        json.WriteString(MessageJson.Cursor, _cursor);
        if (_gap is not null)
        {
            json.WritePropertyName("gap");
            json.WriteRawValue(_gap, skipInputValidation: true);
        }

        json.WriteEndObject();
        json.Flush();
        return answer.WrittenSpan.ToArray();
    }
}
