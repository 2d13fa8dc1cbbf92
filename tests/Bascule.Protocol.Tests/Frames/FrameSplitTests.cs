using FsCheck;
using FsCheck.Fluent;

namespace Bascule.Protocol.Tests;

/// <summary>However the bytes of a connection are split, the scanner sees what a plain decoder sees in the whole of them.</summary>
public sealed class FrameSplitTests
{
    private const int WholeOnly = int.MaxValue;
    private const int PartsOnly = 0;

    // Lengths at both sides of every border of the length forms, and small ones.
    private static readonly Gen<int> Lengths = Gen.Frequency(
        (8, Gen.Choose(0, 20)), (2, Gen.Elements(124, 125, 126, 127)), (1, Gen.Elements(65535, 65536)));

    private static readonly Gen<byte[]> Control =
        from opcode in Gen.Elements(Opcode.Close, Opcode.Ping, Opcode.Pong)
        from length in Gen.Choose(0, 125)
        select Frame(opcode, true, false, length);

    private static readonly Gen<byte[]> Message =
        from opcode in Gen.Elements(Opcode.Text, Opcode.Binary)
        from compressed in Gen.Frequency((7, Gen.Constant(false)), (1, Gen.Constant(true)))
        from lengths in Lengths.NonEmptyListOf().Resize(4)
        from between in Gen.Frequency((3, Gen.Constant<byte[]>([])), (1, Control))
        select lengths.SelectMany((length, i) => Frame(i == 0 ? opcode : Opcode.Continuation, i == lengths.Count - 1, compressed && i == 0, length)
            .Concat(between)).ToArray();

    private static readonly Gen<byte[]> AnyFrame =
        from opcode in Gen.Choose(0, 15)
        from final in Gen.Elements(true, false)
        from length in Lengths
        select Frame((Opcode)opcode, final, false, length);

    private static readonly Gen<byte[]> Noise = Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(12);

    private static readonly Gen<byte[]> Stream =
        from pieces in Gen.Frequency((20, Message), (4, Control), (1, AnyFrame), (1, Noise)).ListOf().Resize(12)
        select pieces.SelectMany(f => f).ToArray();

    [Fact]
    public void Random_splits_change_neither_frames_nor_faults()
    {
        var cases =
            from stream in Stream
            from pieces in Gen.Frequency((3, Gen.Choose(1, 40)), (1, Gen.Choose(1, 70_000))).ListOf()
            from limit in Gen.Elements(WholeOnly, PartsOnly, 16, 130, 4096)
            from masked in Gen.Frequency((9, Gen.Constant(true)), (1, Gen.Constant(false)))
            from reserved in Gen.Elements<byte>(0x40, 0, 0x70)
            select (stream, pieces, limit, masked, reserved);
        Prop.ForAll(cases.ToArbitrary(), c => Agrees(c.stream, c.pieces, c.limit, c.masked, c.reserved))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public void Every_split_in_three_and_the_split_into_single_bytes_give_the_same_frames_and_faults()
    {
        Prop.ForAll(Stream.Select(s => s[..Math.Min(s.Length, 48)]).ToArbitrary(), stream =>
        {
            foreach (var limit in new[] { WholeOnly, PartsOnly, 12 })
            {
                Agrees(stream, Enumerable.Repeat(1, stream.Length), limit, true, 0x40);
                for (var first = 0; first <= stream.Length; first++)
                {
                    for (var second = 0; second <= stream.Length - first; second++)
                        Agrees(stream, [first, second], limit, true, 0x40);
                }
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    [Fact]
    public void Pure_noise_never_confuses_the_scanner()
    {
        var noise = Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf();
        Prop.ForAll(noise.ToArbitrary(), bytes =>
        {
            foreach (var masked in new[] { true, false })
            {
                Agrees(bytes, Enumerable.Repeat(1, bytes.Length), WholeOnly, masked, 0x70);
                Agrees(bytes, [], PartsOnly, masked, 0);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    private static void Agrees(byte[] stream, IEnumerable<int> pieces, int limit, bool expectMasked, byte allowedReserved)
    {
        var expected = ReferenceDecoder.Decode(stream, expectMasked, allowedReserved);
        var seen = ScannerDriver.Run(stream, pieces, new FrameScanner(expectMasked, allowedReserved, limit));
        Assert.Equal(expected.Frames, seen.Frames);
        Assert.Equal(expected.Fault, seen.Fault);
    }

    private static byte[] Frame(Opcode opcode, bool final, bool compressed, int length)
    {
        var header = FrameHeader.For(opcode, length, 0x5A17C3E0 ^ (uint)length, final, compressed ? FrameHeader.Reserved1 : (byte)0);
        var bytes = new byte[header.FrameLength];
        header.Write(bytes);
        for (var i = header.HeaderLength; i < bytes.Length; i++)
            bytes[i] = (byte)(i * 31);
        return bytes;
    }
}
