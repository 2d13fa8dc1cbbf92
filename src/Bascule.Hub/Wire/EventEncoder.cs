using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace Bascule.Hub;

/// <summary>Server-sent events. The id of each is the cursor, which the browser sends back as <c>Last-Event-ID</c>.</summary>
/// <remarks>Of one topic, <c>data</c> is the payload as it came. Of a pattern it is the object of <c>bascule.v1</c>, which names the topic.</remarks>
internal sealed class EventEncoder : IFrameEncoder
{
    public void Message(IBufferWriter<byte> to, SourceMessage message, string subscription, string cursor)
    {
        if (subscription != message.Topic)
        {
            var scratch = JsonScratch.Rent();
            MessageJson.Message(scratch.Json, message, subscription, cursor);
            Write(to, [], cursor, scratch.Written());
            return;
        }

        var payload = message.Payload.Span;
        if (Utf8.IsValid(payload))
            Write(to, [], cursor, payload);
        else
            WriteBinary(to, cursor, payload);
    }

    /// <summary>Without data: the browser takes the id, and calls nobody.</summary>
    public void Checkpoint(IBufferWriter<byte> to, string subscription, string cursor)
    {
        to.Write("event: checkpoint\nid: "u8);
        Encoding.ASCII.GetBytes(cursor, to);
        to.Write("\n\n"u8);
    }

    public void Resumed(IBufferWriter<byte> to, string subscription, string cursor, long replayed, ReplaySource source)
    {
        var scratch = JsonScratch.Rent();
        MessageJson.Resumed(scratch.Json, subscription, cursor, replayed, source);
        Write(to, "resumed"u8, cursor, scratch.Written());
    }

    public void Gap(IBufferWriter<byte> to, string subscription, GapReason reason, string? from, string cursor)
    {
        var scratch = JsonScratch.Rent();
        MessageJson.Gap(scratch.Json, subscription, reason, from, cursor);
        Write(to, "gap"u8, cursor, scratch.Written());
    }

    /// <param name="name">Empty: that of messages.</param>
    /// <param name="cursor">Null: the event changes no cursor.</param>
    internal static void Write(IBufferWriter<byte> to, ReadOnlySpan<byte> name, string? cursor, ReadOnlySpan<byte> data)
    {
        if (!name.IsEmpty)
        {
            to.Write("event: "u8);
            to.Write(name);
            to.Write("\n"u8);
        }

        if (cursor is not null)
        {
            to.Write("id: "u8);
            Encoding.ASCII.GetBytes(cursor, to);
            to.Write("\n"u8);
        }

        WriteLines(to, data);
        to.Write("\n"u8);
    }

    /// <summary>Each line of the data is a line of its own: CR, LF and CR LF all end one (WHATWG HTML §9.2.6).</summary>
    private static void WriteLines(IBufferWriter<byte> to, ReadOnlySpan<byte> text)
    {
        while (true)
        {
            to.Write("data: "u8);
            var end = text.IndexOfAny((byte)'\r', (byte)'\n');
            to.Write(end < 0 ? text : text[..end]);
            to.Write("\n"u8);
            if (end < 0)
                return;
            var isPair = text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n';
            text = text[(end + (isPair ? 2 : 1))..];
        }
    }

    private static void WriteBinary(IBufferWriter<byte> to, string cursor, ReadOnlySpan<byte> payload)
    {
        var rented = ArrayPool<byte>.Shared.Rent(Base64.GetMaxEncodedToUtf8Length(payload.Length));
        Base64.EncodeToUtf8(payload, rented, out _, out var length);
        Write(to, "binary"u8, cursor, rented.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(rented);
    }
}
