using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;

namespace Bascule.Protocol.Tests;

/// <summary>The fast mask does what RFC 6455 §5.3 writes: byte i with key byte i modulo 4.</summary>
public sealed class MaskingTests
{
    [Fact]
    public void Every_length_place_and_alignment_gives_the_bytes_of_the_RFC()
    {
        byte[] key = [0x37, 0xFA, 0x21, 0x3D];
        for (var length = 0; length < 150; length++)
        {
            for (var offset = 0; offset < 9; offset++)
                AssertMasked(length, offset, key, align: offset % 5);
        }
    }

    [Fact]
    public void Any_key_at_any_offset_gives_the_bytes_of_the_RFC()
    {
        var cases = from length in Gen.Choose(0, 5000)
                    from offset in Gen.Choose(0, int.MaxValue)
                    from key in Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(4)
                    select (length, offset, key);
        Prop.ForAll(cases.ToArbitrary(), c => AssertMasked(c.length, uint.MaxValue + (long)c.offset, c.key, c.offset % 7)).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void The_example_of_the_RFC_is_unmasked()
    {
        var data = Convert.FromHexString("7F9F4D5158");
        Masking.Apply(data, MemoryMarshal.Read<uint>([0x37, 0xFA, 0x21, 0x3D]));
        Assert.Equal("Hello"u8, data);
    }

    private static void AssertMasked(int length, long offset, byte[] key, int align)
    {
        var buffer = new byte[align + length + 1];
        Random.Shared.NextBytes(buffer);
        var expected = buffer.ToArray();
        for (var i = 0; i < length; i++)
            expected[align + i] ^= key[(offset + i) % 4];
        Masking.Apply(buffer.AsSpan(align, length), MemoryMarshal.Read<uint>(key), offset);
        Assert.Equal(expected, buffer);
    }
}
