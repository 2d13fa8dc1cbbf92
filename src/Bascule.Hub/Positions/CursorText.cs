using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;

namespace Bascule.Hub;

/// <summary>Cursors as text: base64url, without padding, of a version byte and, for each log, its id (8 bytes), the number of partitions, and for each of them the distance
/// from the one before it and the offset plus one, as varints. There is one text for each cursor: any other way to write it is refused.</summary>
internal static class CursorText
{
    private const byte Version = 1;
    private const int BytesOfLog = 8 + 5;
    private const int BytesOfPartition = 5 + 10;
    private const int BytesOnStack = 1024;

    private static readonly SearchValues<char> Alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    internal static string Write(ReadOnlySpan<Position> sorted)
    {
        var most = 1 + (sorted.Length * (BytesOfLog + BytesOfPartition));
        var buffer = most <= BytesOnStack ? stackalloc byte[BytesOnStack] : new byte[most];
        buffer[0] = Version;
        var length = 1;
        for (var index = 0; index < sorted.Length;)
        {
            var log = sorted[index].Log;
            var partitions = 1;
            while (index + partitions < sorted.Length && sorted[index + partitions].Log == log)
                partitions++;
            BinaryPrimitives.WriteUInt64LittleEndian(buffer[length..], log.Value);
            length += 8;
            length += WriteVarint(buffer[length..], (ulong)partitions);
            var before = -1;
            foreach (var position in sorted.Slice(index, partitions))
            {
                length += WriteVarint(buffer[length..], (ulong)(position.Partition - before - 1));
                length += WriteVarint(buffer[length..], (ulong)(position.Offset + 1));
                before = position.Partition;
            }

            index += partitions;
        }

        return Base64Url.EncodeToString(buffer[..length]);
    }

    /// <summary>Null when it is not a cursor.</summary>
    internal static Cursor? Read(ReadOnlySpan<char> text)
    {
        Span<byte> bytes = stackalloc byte[Cursor.MostCharacters * 3 / 4];
        if (text.ContainsAnyExcept(Alphabet) || !Base64Url.TryDecodeFromChars(text, bytes, out var length) || length == 0 || bytes[0] != Version)
            return null;
        ReadOnlySpan<byte> rest = bytes[1..length];
        var positions = new List<Position>();
        while (!rest.IsEmpty)
        {
            if (!TryReadLog(ref rest, positions))
                return null;
        }

        var cursor = new Cursor(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(positions));

        // Unused bits in the last character would give one cursor two texts.
        return text.SequenceEqual(cursor.ToString()) ? cursor : null;
    }

    private static bool TryReadLog(ref ReadOnlySpan<byte> rest, List<Position> positions)
    {
        if (rest.Length < 8)
            return false;
        var log = new LogId(BinaryPrimitives.ReadUInt64LittleEndian(rest));
        rest = rest[8..];
        if (positions.Count > 0 && positions[^1].Log.Value >= log.Value)
            return false;
        if (!TryReadVarint(ref rest, int.MaxValue, out var partitions) || partitions == 0)
            return false;

        // The count is a claim of the client; the bytes that are there bound the work.
        long partition = -1;
        for (var read = 0L; read < partitions; read++)
        {
            if (!TryReadVarint(ref rest, int.MaxValue, out var distance) || !TryReadVarint(ref rest, long.MaxValue, out var offset))
                return false;
            partition += distance + 1;
            if (partition > int.MaxValue)
                return false;
            positions.Add(new Position(log, (int)partition, offset - 1));
        }

        return true;
    }

    private static int WriteVarint(Span<byte> to, ulong value)
    {
        var length = 0;
        for (; value >= 0x80; value >>= 7)
            to[length++] = (byte)(value | 0x80);
        to[length++] = (byte)value;
        return length;
    }

    private static bool TryReadVarint(ref ReadOnlySpan<byte> from, long most, out long value)
    {
        value = 0;
        for (var index = 0; index < from.Length && index < 9; index++)
        {
            value |= (long)(from[index] & 0x7F) << (7 * index);
            if (from[index] >= 0x80)
                continue;
            from = from[(index + 1)..];
            return value <= most;
        }

        return false;
    }
}
