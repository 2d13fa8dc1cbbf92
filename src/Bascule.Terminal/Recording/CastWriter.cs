using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Bascule.Terminal;

/// <summary>Writes an asciicast v3: a header, then one line for each event, and a link of the hash chain after each MiB.</summary>
/// <remarks>Source: docs.asciinema.org, "asciicast v3". An interval counts from the event before, and comment lines begin with #.</remarks>
public sealed class CastWriter : IDisposable
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Stream _file;
    private readonly CastChain _chain = new();
    private readonly ArrayBufferWriter<byte> _line = new();
    private long _microseconds;

    /// <param name="file">Closed by the caller.</param>
    public CastWriter(Stream file, CastHeader header)
    {
        _file = file;
        _line.Write(JsonSerializer.SerializeToUtf8Bytes(header, CastJson.Default.CastHeader));
        Append();
    }

    /// <summary>Bytes of all whole lines that were written.</summary>
    public long Length { get; private set; }

    /// <summary>End of the chain, after <see cref="Finish"/>.</summary>
    public string Digest => _chain.Digest;

    /// <param name="at">Since the start. Earlier than the event before counts as the same moment.</param>
    /// <param name="code"><c>o</c> output, <c>i</c> input, <c>r</c> size, <c>m</c> mark, <c>x</c> exit.</param>
    /// <param name="text">UTF-8.</param>
    public void Event(TimeSpan at, char code, ReadOnlySpan<byte> text)
    {
        var microseconds = Math.Max((long)at.TotalMicroseconds, _microseconds);
        var interval = (microseconds - _microseconds) / 1e6;
        _microseconds = microseconds;
        _line.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_line, Relaxed))
        {
            json.WriteStartArray();
            json.WriteRawValue(interval.ToString("0.000000", CultureInfo.InvariantCulture));
            json.WriteStringValue([code]);
            json.WriteStringValue(text);
            json.WriteEndArray();
        }

        Append();
        if (_chain.IsDue)
            Link(isEnd: false);
    }

    public void Comment(string text)
    {
        _line.ResetWrittenCount();
        _line.Write(Encoding.UTF8.GetBytes($"# {text}"));
        Append();
    }

    /// <summary>Writes the last link: what is cut off after it would show.</summary>
    public void Finish() => Link(isEnd: true);

    public void Dispose() => _chain.Dispose();

    private void Link(bool isEnd)
    {
        var line = Encoding.UTF8.GetBytes(_chain.Link(isEnd));
        _file.Write(line);
        Length += line.Length;
    }

    /// <summary>A line at once, with its end: what the disk refuses counts for nothing, and is not in the chain.</summary>
    private void Append()
    {
        _line.Write("\n"u8);
        _file.Write(_line.WrittenSpan);
        _chain.Add(_line.WrittenSpan);
        Length += _line.WrittenCount;
    }
}
