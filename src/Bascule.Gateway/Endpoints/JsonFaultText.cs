using System.Text.Json;
using System.Text.RegularExpressions;

namespace Bascule.Gateway;

/// <summary>What is wrong with JSON that a caller sent, in the words of JSON.</summary>
internal static partial class JsonFaultText
{
    private const int MostShown = 64;
    private const int MostWords = 200;

    internal static string Of(JsonException fault)
    {
        var place = fault.Path is { Length: > 0 } path and not "$" ? $"at {Short(path)}: " : "";
        // The library's own words name types of .NET, and say the place once more.
        var words = Before(Before(Before(fault.Message, " | LineNumber:"), " Path: $"), " Change the reader options").TrimEnd('.', ' ', '|');
        return place + words switch
        {
            _ when OtherType().Match(words) is { Success: true } other => $"{Expected(other.Groups["type"].Value, place.Length == 0)} is expected",
            _ when MissingField().Match(words) is { Success: true } missing => $"{missing.Groups["names"].Value} is missing",
            _ when UnknownField().Match(words) is { Success: true } unknown => $"there is no field '{Short(unknown.Groups["name"].Value)}'",
            _ when words.Contains("doesn't allow", StringComparison.Ordinal) => "it must not be null",
            _ when words.StartsWith("Duplicate property", StringComparison.Ordinal) => "it is given twice",
            _ => Short(words, MostWords),
        };
    }

    private static string Before(string text, string last) => text.LastIndexOf(last, StringComparison.Ordinal) is >= 0 and var at ? text[..at] : text;

    /// <summary>The caller chose it, at any length.</summary>
    private static string Short(string name, int most = MostShown) => name.Length > most ? $"{name[..most]}…" : name;

    private static string Expected(string type, bool isWhole) => type switch
    {
        _ when type.Contains("Boolean", StringComparison.Ordinal) => "true or false",
        _ when type.Contains("Int32", StringComparison.Ordinal) || type.Contains("Int64", StringComparison.Ordinal) => "a whole number",
        _ when type.Contains("Double", StringComparison.Ordinal) => "a number",
        _ when type.Contains("Dictionary", StringComparison.Ordinal) => "an object",
        _ when type.Contains("List", StringComparison.Ordinal) || type.EndsWith("[]", StringComparison.Ordinal) => "a list",
        "System.String" => "a string",
        _ => isWhole ? "an object" : "another type",
    };

    [GeneratedRegex(@"could not be converted to (?<type>\S+?)$", RegexOptions.CultureInvariant | RegexOptions.Singleline, Timeout.Infinite)]
    private static partial Regex OtherType();

    [GeneratedRegex(@"missing required properties including: (?<names>.+)$", RegexOptions.CultureInvariant | RegexOptions.Singleline, Timeout.Infinite)]
    private static partial Regex MissingField();

    [GeneratedRegex(@"^The JSON property '(?<name>.*)' could not be mapped to any \.NET member", RegexOptions.CultureInvariant | RegexOptions.Singleline, Timeout.Infinite)]
    private static partial Regex UnknownField();
}
