using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Bascule.Model;

/// <summary>Names one attempt to connect: 128 bits, written as 32 lower-case hexadecimal digits.</summary>
public readonly record struct AttemptId(ulong High, ulong Low)
{
    /// <summary>A random id that nobody can guess: whoever knows it may read the explanation of the attempt.</summary>
    public static AttemptId New()
    {
        Span<byte> random = stackalloc byte[16];
        RandomNumberGenerator.Fill(random);
        return new AttemptId(BinaryPrimitives.ReadUInt64BigEndian(random), BinaryPrimitives.ReadUInt64BigEndian(random[8..]));
    }

    /// <summary>Reads 32 hexadecimal digits, or the 36 characters of a UUID (what <c>crypto.randomUUID()</c> gives). All zeros is refused.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out AttemptId id)
    {
        id = default;
        Span<char> digits = stackalloc char[32];
        if (text.Length == 36)
        {
            if (text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-')
                return false;
            text[..8].CopyTo(digits);
            text[9..13].CopyTo(digits[8..]);
            text[14..18].CopyTo(digits[12..]);
            text[19..23].CopyTo(digits[16..]);
            text[24..].CopyTo(digits[20..]);
        }
        else if (text.Length == 32)
            text.CopyTo(digits);
        else
            return false;

        if (!ulong.TryParse(digits[..16], System.Globalization.NumberStyles.AllowHexSpecifier, null, out var high)
            || !ulong.TryParse(digits[16..], System.Globalization.NumberStyles.AllowHexSpecifier, null, out var low))
            return false;
        id = new AttemptId(high, low);
        return id != default;
    }

    public override string ToString() => string.Create(32, this, static (span, id) =>
    {
        id.High.TryFormat(span, out _, "x16");
        id.Low.TryFormat(span[16..], out _, "x16");
    });
}
