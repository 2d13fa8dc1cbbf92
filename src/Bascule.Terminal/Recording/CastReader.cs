using System.Text.Json;

namespace Bascule.Terminal;

/// <summary>One event of a recording.</summary>
/// <param name="Interval">Since the event before.</param>
/// <param name="Code">As <see cref="CastWriter.Event"/> has them.</param>
public sealed record CastEvent(TimeSpan Interval, char Code, string Text);

/// <summary>Reads an asciicast v3, and takes nothing that is not one.</summary>
public static class CastReader
{
    private const string Codes = "oirmx";

    /// <exception cref="FormatException">The line is no header or no event; the message names it.</exception>
    public static (CastHeader Header, IReadOnlyList<CastEvent> Events) Read(Stream recording)
    {
        CastHeader? header = null;
        var events = new List<CastEvent>();
        var lines = new CastLines(recording);
        while (lines.Next(out var line))
        {
            if (line[^1] != '\n')
                throw new FormatException($"Line {lines.Number} has no end.");
            if (header is null)
                header = HeaderOf(line);
            else if (line[0] != '#')
                events.Add(EventOf(line, lines.Number));
        }

        return (header ?? throw new FormatException("There is no header."), events);
    }

    private static CastHeader HeaderOf(ReadOnlySpan<byte> line)
    {
        try
        {
            var header = JsonSerializer.Deserialize(line, CastJson.Default.CastHeader);
            return header is { Version: 3, Term: { Cols: > 0, Rows: > 0 } } ? header : throw new FormatException("The header is none of asciicast v3.");
        }
        catch (JsonException e)
        {
            throw new FormatException("The header is no JSON object of asciicast v3.", e);
        }
    }

    private static CastEvent EventOf(ReadOnlySpan<byte> line, int number)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            using var document = JsonDocument.ParseValue(ref reader);
            var parts = document.RootElement;
            if (parts.ValueKind == JsonValueKind.Array && parts.GetArrayLength() == 3
                && parts[0].ValueKind == JsonValueKind.Number && parts[0].GetDouble() is >= 0 and var seconds
                && parts[1].ValueKind == JsonValueKind.String && parts[1].GetString() is [var code] && Codes.Contains(code, StringComparison.Ordinal)
                && parts[2].ValueKind == JsonValueKind.String)
            {
                return new CastEvent(TimeSpan.FromSeconds(seconds), code, parts[2].GetString()!);
            }
        }
        catch (JsonException)
        {
            // Told below, as everything that is no event.
        }

        throw new FormatException($"Line {number} is no event: [interval, code, text] with a code of {Codes}.");
    }
}
