using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Bascule.Kubernetes.Fake;

/// <summary>Label and field selectors of a request.</summary>
internal sealed partial class Selectors
{
    private readonly List<Func<JsonObject, bool>> _all = [];

    internal Selectors(string? labels, string? fields)
    {
        foreach (var term in Split(labels))
            _all.Add(LabelTerm(term));
        foreach (var term in Split(fields))
            _all.Add(FieldTerm(term));
    }

    internal bool Match(JsonObject candidate) => _all.TrueForAll(term => term(candidate));

    private static IEnumerable<string> Split(string? text) =>
        string.IsNullOrEmpty(text) ? [] : Comma().Split(text).Select(term => term.Trim()).Where(term => term.Length > 0);

    private static Func<JsonObject, bool> LabelTerm(string term)
    {
        string? Label(JsonObject candidate, string name) => candidate.Text("metadata", "labels", name);
        if (SetTerm().Match(term) is { Success: true } set)
        {
            var name = set.Groups["name"].Value;
            var values = set.Groups["values"].Value.Split(',', StringSplitOptions.TrimEntries);
            return set.Groups["not"].Success
                ? candidate => !values.Contains(Label(candidate, name))
                : candidate => values.Contains(Label(candidate, name));
        }

        if (Equality(term) is var (key, isEqual, value))
            return candidate => (Label(candidate, key) == value) == isEqual;
        return term.StartsWith('!')
            ? candidate => Label(candidate, term[1..]) is null
            : candidate => Label(candidate, term) is not null;
    }

    private static Func<JsonObject, bool> FieldTerm(string term)
    {
        if (Equality(term) is not var (key, isEqual, value))
            throw ApiException.BadRequest($"invalid field selector: \"{term}\"");
        var path = key.Split('.');
        return candidate => ((candidate.Text(path) ?? "") == value) == isEqual;
    }

    private static (string Key, bool IsEqual, string Value)? Equality(string term)
    {
        if (term.Split("!=", 2) is [var unlike, var other])
            return (unlike.Trim(), false, other.Trim());
        if (term.Split('=', 2) is [var like, var same])
            return (like.Trim(), true, same.TrimStart('=').Trim());
        return null;
    }

    // Commas outside brackets.
    [GeneratedRegex(@",(?![^()]*\))")]
    private static partial Regex Comma();

    [GeneratedRegex(@"^(?<name>\S+)\s+(?<not>not)?in\s+\((?<values>[^)]*)\)$", RegexOptions.ExplicitCapture)]
    private static partial Regex SetTerm();
}
