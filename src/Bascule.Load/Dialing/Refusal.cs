using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Bascule.Protocol;

namespace Bascule.Load;

/// <summary>An answer that is no 101: when its body is whole, and what it says.</summary>
internal sealed class Refusal(ResponseHead head)
{
    private const int MaxWords = 100;

    private readonly bool _isChunked = HttpSyntax.Names(head.Headers, "Transfer-Encoding", "chunked");

    internal bool IsWhole(ReadOnlySpan<byte> body)
    {
        if (head.Status is 204 or 304)
            return true;
        if (_isChunked)
            return Unchunked(body, out _);
        return long.TryParse(head.Headers.First("Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out var length) && body.Length >= length;
    }

    /// <summary>When the server wants to see us again (RFC 9110 §10.2.3): seconds or a date.</summary>
    internal TimeSpan? RetryAfter(DateTimeOffset now)
    {
        if (!RetryConditionHeaderValue.TryParse(head.Headers.First("Retry-After"), out var after))
            return null;
        var span = after.Delta ?? after.Date!.Value - now;
        return span > TimeSpan.Zero ? span : TimeSpan.Zero;
    }

    /// <summary>What the body says in at most a hundred characters, or null.</summary>
    internal string? Words(ReadOnlySpan<byte> body)
    {
        var text = body.ToArray();
        if (_isChunked)
            Unchunked(body, out text);
        var words = Printable(WordsOfProblem(text) ?? Encoding.UTF8.GetString(text));
        return words.Length == 0 ? null : words;
    }

    // RFC 9457, with the label of a Bascule gateway.
    private string? WordsOfProblem(byte[] body)
    {
        if (head.Headers.First("Content-Type")?.Contains("json", StringComparison.OrdinalIgnoreCase) != true)
            return null;
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                return null;
            var name = Text(json.RootElement, "label") ?? Text(json.RootElement, "title");
            var detail = Text(json.RootElement, "detail");
            return name is null || detail is null ? name ?? detail : $"{name}: {detail}";
        }
        catch (JsonException)
        {
            // Cut off, or no JSON after all: then its first characters are what there is to tell.
            return null;
        }
    }

    private static string? Text(JsonElement from, string name) => from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string Printable(string text)
    {
        var words = new StringBuilder(MaxWords);
        foreach (var c in text)
        {
            if (words.Length == MaxWords)
                return words.Append('…').ToString();
            if (!char.IsControl(c) && !char.IsWhiteSpace(c) && c != '\uFFFD')
                words.Append(c);
            else if (words.Length > 0 && words[^1] != ' ')
                words.Append(' ');
        }

        return words.ToString().TrimEnd();
    }

    /// <summary>Takes the chunks apart as far as they are there (RFC 9112 §7.1); true when the last one is.</summary>
    private static bool Unchunked(ReadOnlySpan<byte> body, out byte[] content)
    {
        var parts = new List<byte>(body.Length);
        var isWhole = false;
        while (body.IndexOf("\r\n"u8) is > 0 and var line)
        {
            var digits = body[..line].IndexOf((byte)';') is >= 0 and var extension ? body[..extension] : body[..line];
            if (!int.TryParse(digits.Trim(" \t"u8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var size) || size < 0)
                break;
            isWhole = size == 0;
            body = body[(line + 2)..];
            parts.AddRange(body[..Math.Min(size, body.Length)]);
            if (isWhole || size > body.Length - 2)
                break;
            body = body[(size + 2)..];
        }

        content = [.. parts];
        return isWhole;
    }
}
