namespace Bascule.Terminal;

/// <summary>The lines of a recording as they stand in the file, with their ends.</summary>
/// <remarks>A line has at most 16 KiB of output, of which each byte becomes six (<c>\u0000</c>); longer ones were not written by us and come in parts.</remarks>
internal sealed class CastLines(Stream file)
{
    private const int MostLineBytes = 1 << 20;

    private readonly byte[] _buffer = new byte[MostLineBytes];
    private int _start;
    private int _length;

    /// <summary>Of the line that was given last, from 1.</summary>
    internal int Number { get; private set; }

    /// <summary>Bytes up to behind the line that was given last.</summary>
    internal long Offset { get; private set; }

    /// <param name="line">Lies in a buffer until the next call.</param>
    /// <returns>False at the end.</returns>
    internal bool Next(out ReadOnlySpan<byte> line)
    {
        while (true)
        {
            var rest = _buffer.AsSpan(_start, _length);
            var end = rest.IndexOf((byte)'\n') + 1;
            if (end == 0 && (_length == MostLineBytes || !Fill()))
                end = _length;
            else if (end == 0)
                continue;
            line = _buffer.AsSpan(_start, end);
            _start += end;
            _length -= end;
            Number++;
            Offset += end;
            return end > 0;
        }
    }

    private bool Fill()
    {
        if (_start > 0)
            _buffer.AsSpan(_start, _length).CopyTo(_buffer);
        _start = 0;
        var count = file.Read(_buffer, _length, MostLineBytes - _length);
        _length += count;
        return count > 0;
    }
}
