using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>One thing that can be asked or ordered on the admin listener. The table of them answers requests, and makes the OpenAPI document.</summary>
/// <param name="Pattern"><c>/api/pools/{pool}/nodes/{node}:drain</c>: a parameter takes one segment, up to the verb.</param>
/// <param name="Role">The least role that may.</param>
/// <param name="Summary">One sentence, for the document.</param>
internal sealed record AdminRoute(string Method, string Pattern, AdminRole Role, string Summary, Func<AdminCall, Task> HandleAsync)
{
    private readonly string[] _segments = Pattern.Split('/');

    /// <summary>Parameters of the query, each with its sentence.</summary>
    internal IReadOnlyList<(string Name, string Meaning)> Query { get; init; } = [];

    /// <summary>What is answered, or null for text.</summary>
    internal Type? Answer { get; init; }

    /// <summary>What is answered with 422, where that is no problem document.</summary>
    internal Type? Faulty { get; init; }

    /// <summary>Parameters of the path, when it fits.</summary>
    internal Dictionary<string, string>? Match(string path)
    {
        var given = path.Split('/');
        if (given.Length != _segments.Length)
            return null;
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < given.Length; i++)
        {
            var wanted = _segments[i];
            if (!wanted.StartsWith('{'))
            {
                if (given[i] != wanted)
                    return null;
                continue;
            }

            var end = wanted.IndexOf('}');
            var verb = wanted[(end + 1)..];
            // A name may hold a colon itself (host:port); the verb is what follows the last one.
            if (given[i].Length <= verb.Length || !given[i].EndsWith(verb, StringComparison.Ordinal))
                return null;
            values[wanted[1..end]] = Uri.UnescapeDataString(given[i][..^verb.Length]);
        }

        return values;
    }
}
