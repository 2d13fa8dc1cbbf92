using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Bascule.Hub;

/// <summary>A buffer with a JSON writer over it, one for each thread, so that writing a message allocates nothing.</summary>
internal sealed class JsonScratch
{
    /// <summary>One large message must not hold memory for the life of a thread.</summary>
    private const int KeptBytes = 1 << 20;

    /// <summary>What is written here goes into text frames, never into a page of HTML, so only what JSON demands is escaped.</summary>
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    private static JsonScratch? t_own;

    private readonly ArrayBufferWriter<byte> _bytes = new(512);

    private JsonScratch() => Json = new Utf8JsonWriter(_bytes, Options);

    internal Utf8JsonWriter Json { get; }

    /// <summary>That of this thread, empty. Whoever has it must be done with it before anything else on the thread writes JSON.</summary>
    internal static JsonScratch Rent()
    {
        var own = t_own is { _bytes.Capacity: <= KeptBytes } kept ? kept : t_own = new JsonScratch();
        own._bytes.ResetWrittenCount();
        own.Json.Reset(own._bytes);
        return own;
    }

    /// <summary>What was written; valid until the next <see cref="Rent"/>.</summary>
    internal ReadOnlySpan<byte> Written()
    {
        Json.Flush();
        return _bytes.WrittenSpan;
    }
}
