namespace Bascule.Model;

/// <summary>Reads and edits a query string without decoding what it does not need.</summary>
public static class QueryText
{
    /// <summary>The decoded value of the first parameter of that name, or null. <c>+</c> is a space.</summary>
    /// <param name="query">With or without its <c>?</c>.</param>
    public static string? Value(string query, string name)
    {
        var rest = query.AsSpan().TrimStart('?');
        while (!rest.IsEmpty)
        {
            if (ValueOf(Next(ref rest), name) is { } value)
                return value;
        }

        return null;
    }

    /// <summary>The decoded values of all parameters of that name, in their order.</summary>
    public static IReadOnlyList<string> Values(string query, string name)
    {
        List<string> values = [];
        var rest = query.AsSpan().TrimStart('?');
        while (!rest.IsEmpty)
        {
            if (ValueOf(Next(ref rest), name) is { } value)
                values.Add(value);
        }

        return values;
    }

    /// <summary>The query without the parameters of these names: <c>""</c>, or with its <c>?</c>.</summary>
    public static string Without(string query, params ReadOnlySpan<string> names) => Edit(query, names, null);

    /// <summary>The query with the values of these parameters replaced by <c>***</c>, fit for a log.</summary>
    public static string Masked(string query, params ReadOnlySpan<string> names) => Edit(query, names, "***");

    private static string Edit(string query, ReadOnlySpan<string> names, string? replacement)
    {
        if (query.Length <= 1)
            return "";
        var kept = new System.Text.StringBuilder(query.Length);
        var rest = query.AsSpan().TrimStart('?');
        while (!rest.IsEmpty)
        {
            var pair = Next(ref rest);
            var equals = pair.IndexOf('=');
            var key = equals < 0 ? pair : pair[..equals];
            var named = names.Contains(Decode(key));
            if (named && replacement is null)
                continue;
            kept.Append(kept.Length == 0 ? '?' : '&');
            if (named)
                kept.Append(key).Append('=').Append(replacement);
            else
                kept.Append(pair);
        }

        return kept.ToString();
    }

    private static string? ValueOf(ReadOnlySpan<char> pair, string name)
    {
        var equals = pair.IndexOf('=');
        var key = equals < 0 ? pair : pair[..equals];
        if (!Decode(key).Equals(name, StringComparison.Ordinal))
            return null;
        return equals < 0 ? "" : Decode(pair[(equals + 1)..]);
    }

    private static ReadOnlySpan<char> Next(ref ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOf('&');
        var pair = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[(end + 1)..];
        return pair;
    }

    private static string Decode(ReadOnlySpan<char> text) => Uri.UnescapeDataString(text.ToString().Replace('+', ' '));
}
