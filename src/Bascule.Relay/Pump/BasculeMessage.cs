using System.Buffers;
using System.Text.Json;
using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Relay;

/// <summary>Text frames of our own, for clients that speak our subprotocol: JSON objects with a <c>type</c>.</summary>
internal static class BasculeMessage
{
    /// <summary>A note is for a person; a page of it has no place in a frame.</summary>
    private const int MaxNoteLength = 200;

    /// <summary>Says that a close frame with this code follows, and when to come back.</summary>
    internal static byte[] Goodbye(int code, Farewell farewell) => Frame("goodbye", json =>
    {
        json.WriteNumber("code", code);
        json.WriteString("label", farewell.Ending.Reason.Label);
        if (farewell.ComeBackIn is { } span)
            json.WriteNumber("retryInMs", (long)span.TotalMilliseconds);
        if (farewell.Note is { Length: > 0 } note)
            json.WriteString("note", note.Length > MaxNoteLength ? note[..MaxNoteLength] : note);
    });

    /// <summary>Says that the client is held back, and when it will be closed if it goes on.</summary>
    internal static byte[] HeldBack(RateExcess excess, TimeSpan closesIn) => Frame("notice", json =>
    {
        json.WriteString("label", EndReasons.MessageRate.Label);
        json.WriteNumber("limit", excess.Limit);
        json.WriteString("unit", excess.UnitName);
        json.WriteNumber("closesIn", WholeSeconds(closesIn));
    });

    /// <summary>Says that the token of the connection expires soon.</summary>
    internal static byte[] TokenLapses(TimeSpan closesIn) => Frame("notice", json =>
    {
        json.WriteString("label", EndReasons.TokenLapsed.Label);
        json.WriteNumber("closesIn", WholeSeconds(closesIn));
    });

    private static long WholeSeconds(TimeSpan span) => Math.Max(0, (long)Math.Ceiling(span.TotalSeconds));

    private static byte[] Frame(string type, Action<Utf8JsonWriter> rest)
    {
        var payload = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(payload))
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            rest(json);
            json.WriteEndObject();
        }

        var header = FrameHeader.For(Opcode.Text, payload.WrittenCount, maskKey: null);
        var frame = new byte[header.HeaderLength + payload.WrittenCount];
        header.Write(frame);
        payload.WrittenSpan.CopyTo(frame.AsSpan(header.HeaderLength));
        return frame;
    }
}
