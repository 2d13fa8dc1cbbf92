using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace Bascule.Hub;

/// <summary>What a payload is, which decides how JSON carries it.</summary>
internal enum PayloadKind
{
    Json,
    Text,
    Binary,
}

internal static class Payloads
{
    /// <summary>Clients read 64 levels by habit; what goes around the payload takes some of them.</summary>
    private const int MaxDepth = 60;

    private static readonly SearchValues<byte> OfNumbers = SearchValues.Create("0123456789+-.eE"u8);

    internal static PayloadKind KindOf(ReadOnlySpan<byte> payload) =>
        !Utf8.IsValid(payload) ? PayloadKind.Binary : IsJson(payload) ? PayloadKind.Json : PayloadKind.Text;

    private static bool IsJson(ReadOnlySpan<byte> payload)
    {
        var trimmed = payload.Trim(" \t\r\n"u8);
        return !trimmed.IsEmpty && MayBeJson(trimmed) && Parses(trimmed);
    }

    /// <summary>The reader throws at what is no JSON, which is dear; ordinary text is told apart before.</summary>
    private static bool MayBeJson(ReadOnlySpan<byte> text) => text[0] switch
    {
        (byte)'{' => text[^1] == '}',
        (byte)'[' => text[^1] == ']',
        (byte)'"' => text.Length > 1 && text[^1] == '"',
        (byte)'t' => text.SequenceEqual("true"u8),
        (byte)'f' => text.SequenceEqual("false"u8),
        (byte)'n' => text.SequenceEqual("null"u8),
        _ => !text.ContainsAnyExcept(OfNumbers),
    };

    private static bool Parses(ReadOnlySpan<byte> text)
    {
        try
        {
            var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = MaxDepth });
            while (reader.Read())
            {
                // Reading is the check.
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
