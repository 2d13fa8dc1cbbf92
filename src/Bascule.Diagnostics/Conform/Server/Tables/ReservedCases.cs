using System.Globalization;

namespace Bascule.Diagnostics;

/// <summary>Bits and opcodes that have no meaning yet: RFC 6455 §5.2.</summary>
internal static class ReservedCases
{
    private const string Source = "RFC 6455 §5.2";
    private const string Deflate = "permessage-deflate";

    private static readonly byte[] Payload = "reserved"u8.ToArray();

    internal static IEnumerable<ConformCase> All()
    {
        var table = new CaseTable(ServerAreas.Reserved);
        AddBits(table);
        AddBitsWithDeflate(table);
        AddOpcodes(table);
        return table;
    }

    private static string Bits(int value) => string.Concat(Enumerable.Range(1, 3).Where(bit => (value & (8 >> bit)) != 0).Select(bit => bit.ToString(CultureInfo.InvariantCulture)));

    private static void AddBits(CaseTable table)
    {
        for (var value = 1; value <= 7; value++)
        {
            var (bits, mask) = (Bits(value), (byte)(value << 4));
            table.Add($"rsv{bits}-text", $"a text with RSV {bits} is refused when no extension was agreed", Source, RefusalShape.Of(Refusal.Protocol, RawFrame.Text(Payload) with { Reserved = mask }));
        }

        foreach (var value in (int[])[4, 2, 1])
        {
            var (bits, mask) = (Bits(value), (byte)(value << 4));
            table.Add($"rsv{bits}-binary", $"a binary frame with RSV {bits} is refused", Source, RefusalShape.Of(Refusal.Protocol, RawFrame.Binary(Payload) with { Reserved = mask }));
            table.Add($"rsv{bits}-ping", $"a ping with RSV {bits} is refused", Source, RefusalShape.Of(Refusal.Protocol, RawFrame.Ping(Payload) with { Reserved = mask }));
            table.Add($"rsv{bits}-close", $"a close with RSV {bits} is refused", Source, RefusalShape.Of(Refusal.Protocol, RawFrame.Close(1000) with { Reserved = mask }));
            table.Add($"rsv{bits}-continuation", $"a continuation with RSV {bits} is refused", Source,
                RefusalShape.Of(Refusal.Protocol with { Before = Payload }, RawFrame.Text(Payload) with { Final = false }, RawFrame.Continuation(Payload, final: true) with { Reserved = mask }));
        }
    }

    private static void AddBitsWithDeflate(CaseTable table)
    {
        var compressed = new DeflateWriter().Fixed(Payload).ToMessage();
        foreach (var value in (int[])[2, 1, 3, 6, 5, 7])
        {
            var (bits, mask) = (Bits(value), (byte)(value << 4));
            table.Add($"deflate-rsv{bits}-text", $"a text with RSV {bits} is refused when permessage-deflate was agreed", "RFC 7692 §6",
                RefusalShape.Of(Refusal.Protocol, Deflate, RawFrame.Text((value & 4) != 0 ? compressed : Payload) with { Reserved = mask }));
        }

        foreach (var (name, frame) in new[] { ("ping", RawFrame.Ping(Payload)), ("pong", RawFrame.Pong(Payload)), ("close", RawFrame.Close(1000)) })
            table.Add($"deflate-rsv1-{name}", $"a {name} with RSV 1 is refused though permessage-deflate was agreed", "RFC 7692 §6.1",
                RefusalShape.Of(Refusal.Protocol, Deflate, frame with { Reserved = 0x40 }));
        table.Add("deflate-rsv1-continuation", "a continuation with RSV 1 is refused though permessage-deflate was agreed", "RFC 7692 §6.1",
            RefusalShape.Of(Refusal.Protocol with { Before = null }, Deflate, RawFrame.Text(compressed[..4]) with { Final = false, Reserved = 0x40 },
                RawFrame.Continuation(compressed[4..], final: true) with { Reserved = 0x40 }));
        table.Add("deflate-rsv1-continuation-plain", "a continuation with RSV 1 in a message that began without is refused", "RFC 7692 §6.1",
            RefusalShape.Of(Refusal.Protocol with { Before = null }, Deflate, RawFrame.Text(Payload) with { Final = false },
                RawFrame.Continuation(compressed, final: true) with { Reserved = 0x40 }));
    }

    private static void AddOpcodes(CaseTable table)
    {
        foreach (var opcode in (int[])[3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
        {
            table.Add($"opcode-{opcode}", $"a frame with opcode {opcode} is refused", Source, RefusalShape.Of(Refusal.Protocol, new RawFrame(opcode, Payload)));
            table.Add($"opcode-{opcode}-empty", $"an empty frame with opcode {opcode} is refused", Source, RefusalShape.Of(Refusal.Protocol, new RawFrame(opcode, [])));
        }

        foreach (var opcode in (int[])[3, 11])
            table.Add($"opcode-{opcode}-inside", $"a frame with opcode {opcode} between two fragments is refused", Source,
                RefusalShape.Of(Refusal.Protocol with { Before = Payload }, RawFrame.Text(Payload) with { Final = false }, new RawFrame(opcode, []), RawFrame.Continuation(Payload, final: true)));
        table.Add("opcode-3-fragmented", "a frame with opcode 3 without FIN is refused", Source, RefusalShape.Of(Refusal.Protocol, new RawFrame(3, Payload) { Final = false }));
    }
}
