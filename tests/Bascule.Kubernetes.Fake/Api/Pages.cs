using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Bascule.Kubernetes.Fake;

/// <summary>Lists in pages: a token names the version of the first page and the object after which the next one begins.</summary>
internal static class Pages
{
    internal static (IReadOnlyList<JsonObject> Page, string? Token, int Left) Cut(List<JsonObject> all, IQueryCollection query, long version, ObjectStore store)
    {
        var limit = int.TryParse(query["limit"], out var given) && given > 0 ? given : int.MaxValue;
        var begin = 0;
        if (query["continue"].ToString() is { Length: > 0 } token)
        {
            var (first, last) = Read(token);
            if (store.After(ResourceKind.Pods, null, first) is null)
                throw new ApiException(410, "Expired", "The provided continue parameter is too old to display a consistent list result.");
            version = first;
            begin = all.FindIndex(one => string.CompareOrdinal(KeyOf(one), last) > 0);
            if (begin < 0)
                return ([], null, 0);
        }

        var page = all.Skip(begin).Take(limit).ToList();
        var left = all.Count - begin - page.Count;
        return (page, left > 0 ? Write(version, KeyOf(page[^1])) : null, left);
    }

    private static string KeyOf(JsonObject one) => $"{one.Text("metadata", "namespace")}/{one.Text("metadata", "name")}";

    private static string Write(long version, string last) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{version} {last}"));

    private static (long Version, string Last) Read(string token)
    {
        try
        {
            var parts = Encoding.UTF8.GetString(Convert.FromBase64String(token)).Split(' ', 2);
            return (long.Parse(parts[0], CultureInfo.InvariantCulture), parts[1]);
        }
        catch (Exception fault) when (fault is FormatException or IndexOutOfRangeException)
        {
            throw ApiException.BadRequest("continue key is not valid");
        }
    }
}
