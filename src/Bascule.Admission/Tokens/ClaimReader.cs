using System.Text.Json;
using Bascule.Settings;

namespace Bascule.Admission;

/// <summary>Reads members of a JSON object as the types that RFC 7519 gives them, and keeps the first fault. <c>null</c> counts as absent.</summary>
internal sealed class ClaimReader(JsonElement claims)
{
    // 0001-01-02 and 9999-12-30 in seconds since 1970: one day inside of what DateTimeOffset holds, so that the clock skew can be added.
    private const double EarliestSeconds = -62135510400;
    private const double LatestSeconds = 253402128000;

    // Above what fits into a token of the usual 8 KiB; each entry is compared with each topic that its client asks for.
    private const int MostTopics = 1000;

    private static readonly char[] Separators = [' ', ','];

    /// <summary>The first member that has the wrong type, in words; null while all is well.</summary>
    internal string? Fault { get; private set; }

    internal string? Text(string name)
    {
        if (Find(name) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.String)
            return value.GetString();
        return Complain<string>(name, value, "a string");
    }

    /// <summary>A NumericDate: seconds since 1970, with or without a fraction. What no calendar holds is moved to its edge.</summary>
    internal DateTimeOffset? Time(string name)
    {
        if (Find(name) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var seconds))
        {
            Complain<string>(name, value, "a number of seconds since 1970");
            return null;
        }

        return DateTimeOffset.UnixEpoch.AddTicks((long)(Math.Clamp(seconds, EarliestSeconds, LatestSeconds) * TimeSpan.TicksPerSecond));
    }

    /// <summary>A string or an array of strings; null when absent.</summary>
    internal IReadOnlyList<string>? Texts(string name)
    {
        if (Find(name) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.String)
            return [value.GetString()!];
        if (value.ValueKind != JsonValueKind.Array)
            return Complain<IReadOnlyList<string>>(name, value, "a string or an array of strings");
        var texts = new List<string>(value.GetArrayLength());
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String)
                return Complain<IReadOnlyList<string>>(name, item, "an array of strings only");
            texts.Add(item.GetString()!);
        }

        return texts;
    }

    /// <summary>As <see cref="Texts"/>, but a single string is a list separated by spaces or commas.</summary>
    internal IReadOnlyList<string>? List(string name) =>
        Find(name) is { ValueKind: JsonValueKind.String } value
            ? value.GetString()!.Split(Separators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            : Texts(name);

    /// <summary>Topics and patterns of them: an array of strings, or one string with spaces between them; null when absent. An entry that could never fit is a fault:
    /// whoever made the token meant something else.</summary>
    internal IReadOnlyList<string>? Topics(string name)
    {
        if (Find(name) is not { } value)
            return null;
        var topics = value.ValueKind == JsonValueKind.String ? value.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries) : Texts(name);
        if (topics?.Count > MostTopics)
        {
            Fault ??= $"`{name}` has {topics.Count} entries; at most {MostTopics} are taken";
            return null;
        }

        foreach (var topic in topics ?? [])
        {
            if (TopicText.PatternFault(topic) is not { } fault)
                continue;
            Fault ??= $"`{name}` must be a list of topics and patterns (`prices.*`), but {Evidence.Quote(topic)} {fault}";
            return null;
        }

        return topics;
    }

    private JsonElement? Find(string name) =>
        claims.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private T? Complain<T>(string name, JsonElement value, string expected)
        where T : class
    {
        var kind = value.ValueKind is JsonValueKind.True or JsonValueKind.False ? "boolean" : value.ValueKind.ToString().ToLowerInvariant();
        Fault ??= $"`{name}` has a value of type {kind}; it must be {expected}";
        return null;
    }
}
