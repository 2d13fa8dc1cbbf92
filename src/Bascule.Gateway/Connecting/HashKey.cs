using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>What consistentHash hashes of an attempt.</summary>
internal static class HashKey
{
    /// <param name="hashBy"><c>path</c>, <c>address</c>, <c>user</c>, <c>query:NAME</c> or <c>header:NAME</c>; null when the pool does not hash.</param>
    /// <returns>Empty when the attempt has no such thing: all of those go to one node, by the same rule.</returns>
    internal static string? Of(Passage passage, string? hashBy) => hashBy switch
    {
        null => null,
        "path" => passage.Head.Path,
        "user" => passage.Identity?.Subject ?? "",
        _ when hashBy.StartsWith("query:", StringComparison.Ordinal) => QueryText.Value(passage.Head.Query, hashBy["query:".Length..]) ?? "",
        _ when hashBy.StartsWith("header:", StringComparison.Ordinal) => passage.Head.Headers.First(hashBy["header:".Length..]) ?? "",
        _ => BackendFields.Address(passage.Remote),
    };
}
