namespace Bascule.Cli;

/// <summary>What is to be read.</summary>
/// <param name="IsPlain">Without bascule.v1: the topics stand in the URL, and nothing is asked for.</param>
internal sealed record ReadPlan(Uri Url, IReadOnlyList<string> Topics, bool IsPlain)
{
    /// <summary>Where the only topic goes on.</summary>
    internal string? Cursor { get; init; }

    /// <summary>Messages to print; null: without end.</summary>
    internal long? Count { get; init; }

    internal string? Token { get; init; }

    /// <summary>The address to connect to.</summary>
    internal Uri AddressAt(Uri url)
    {
        if (!IsPlain || Topics.Count == 0)
            return url;
        var query = string.Join('&', Topics.Select(t => $"topic={Uri.EscapeDataString(t)}"));
        return new UriBuilder(url) { Query = url.Query.Length > 1 ? $"{url.Query[1..]}&{query}" : query }.Uri;
    }
}
