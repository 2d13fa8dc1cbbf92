using System.Text;

namespace Bascule.Diagnostics;

/// <summary>Ping and pong, alone and between other frames: RFC 6455 §5.5.</summary>
internal static class ControlCases
{
    private static readonly byte[] Hello = "hello"u8.ToArray();

    internal static IEnumerable<ConformCase> All()
    {
        var table = new CaseTable(ServerAreas.Control);
        foreach (var length in (int[])[0, 1, 2, 3, 4, 5, 64, 124, 125])
            table.Add($"ping-{length}", $"a ping of {length} bytes comes back as a pong, byte for byte", "RFC 6455 §5.5.2",
                EchoShape.Of([RawFrame.Ping(Sample.Binary(length))], Said.Pong(Sample.Binary(length))));
        table.Add("ping-high-bytes", "a ping of bytes that are no UTF-8 comes back as it was", "RFC 6455 §5.5.2",
            EchoShape.Of([RawFrame.Ping([0xFF, 0xFE, 0xC0, 0x80])], Said.Pong([0xFF, 0xFE, 0xC0, 0x80])));
        AddRefused(table);
        AddOrder(table);
        return table;
    }

    private static void AddRefused(CaseTable table)
    {
        foreach (var length in (int[])[126, 127, 65535, 65536])
        {
            table.Add($"ping-{length}", $"a ping of {length} bytes is refused", "RFC 6455 §5.5", RefusalShape.Of(Refusal.Protocol, RawFrame.Ping(Sample.Binary(length))));
            table.Add($"pong-{length}", $"a pong of {length} bytes is refused", "RFC 6455 §5.5", RefusalShape.Of(Refusal.Protocol, RawFrame.Pong(Sample.Binary(length))));
        }

        table.Add("ping-fragmented", "a ping without FIN is refused", "RFC 6455 §5.5", RefusalShape.Of(Refusal.Protocol, RawFrame.Ping(Hello) with { Final = false }));
        table.Add("ping-continued", "a ping in two fragments is refused", "RFC 6455 §5.5",
            RefusalShape.Of(Refusal.Protocol, RawFrame.Ping(Hello) with { Final = false }, RawFrame.Continuation(Hello, final: true)));
        table.Add("pong-fragmented", "a pong without FIN is refused", "RFC 6455 §5.5", RefusalShape.Of(Refusal.Protocol, RawFrame.Pong(Hello) with { Final = false }));
        table.Add("ping-fragmented-inside", "a ping without FIN inside a message is refused", "RFC 6455 §5.5",
            RefusalShape.Of(Refusal.Protocol with { Before = Hello }, RawFrame.Text(Hello) with { Final = false }, RawFrame.Ping(Hello) with { Final = false }));
        var longForm = Refusal.Protocol with { MayTake = "only the sender is told to use the shortest form (RFC 6455 §5.2)" };
        table.Add("ping-long-16", "a ping whose length of 5 is written in 16 bits is refused", "RFC 6455 §5.2",
            RefusalShape.Of(longForm, RawFrame.Ping(Hello) with { Form = LengthForm.Bits16 }));
        table.Add("ping-long-64", "a ping whose length of 5 is written in 64 bits is refused", "RFC 6455 §5.2",
            RefusalShape.Of(longForm, RawFrame.Ping(Hello) with { Form = LengthForm.Bits64 }));
    }

    private static void AddOrder(CaseTable table)
    {
        foreach (var length in (int[])[0, 5, 125])
            table.Add($"pong-unasked-{length}", $"a pong of {length} bytes that nobody asked for is ignored", "RFC 6455 §5.5.3",
                EchoShape.Of([RawFrame.Pong(Sample.Binary(length)), RawFrame.Text(Hello)], Said.Text(Hello)));
        table.Add("pong-unasked-then-ping", "a pong is ignored, and the ping after it is answered with its own bytes", "RFC 6455 §5.5.3",
            EchoShape.Of([RawFrame.Pong("mine"u8.ToArray()), RawFrame.Ping("yours"u8.ToArray())], Said.Pong("yours"u8.ToArray())));
        table.Add("ping-10", "10 pings in one packet are answered in their order", "RFC 6455 §5.5.3", EchoShape.Of(Pings(10), Pongs(10)));
        table.Add("ping-10-bytes", "10 pings that arrive byte by byte are answered in their order", "RFC 6455 §5.5.3",
            EchoShape.Of(Pings(10), [.. Enumerable.Repeat(1, 130)], Pongs(10)));
        table.Add("ping-50", "50 pings in one packet are answered in their order", "RFC 6455 §5.5.3", EchoShape.Of(Pings(50), Pongs(50)));
        table.Add("ping-500", "500 pings in one packet are answered in their order, or too many for the server", "RFC 6455 §5.5.3", async (stage, interruption) =>
        {
            await using var peer = await stage.OpenAsync(interruption);
            var sending = peer.SendAsync(Pings(500), interruption);
            var seen = await EchoShape.HearAsync(new Conversation(peer, Protocol.AgreedUpgrade.Plain), sending, Pongs(500), interruption, "a server may defend itself against a flood of pings");
            await sending;
            return seen;
        });
        table.Add("ping-between-messages", "a ping between two messages is answered, and both come back", "RFC 6455 §5.5.2",
            EchoShape.Of([RawFrame.Text("one"), RawFrame.Ping(Hello), RawFrame.Text("two")], Said.Text("one"), Said.Pong(Hello), Said.Text("two")));
    }

    private static IReadOnlyList<RawFrame> Pings(int count) => [.. Enumerable.Range(0, count).Select(i => RawFrame.Ping(Encoding.ASCII.GetBytes($"ping {i}")))];

    private static IReadOnlyList<Said> Pongs(int count) => [.. Enumerable.Range(0, count).Select(i => Said.Pong(Encoding.ASCII.GetBytes($"ping {i}")))];
}
