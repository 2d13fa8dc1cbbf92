using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>What consistentHash hashes of an attempt.</summary>
internal static class BalanceKey
{
    /// <returns>Null when the pool does not hash. Empty when the attempt has no such thing: all of those go to one node, by the same rule.</returns>
    internal static string? Of(Passage passage, PoolSettings pool) =>
        pool.Balance == Balance.ConsistentHash ? Of(passage, pool.HashBy) : null;

    /// <param name="hashBy"><c>path</c>, <c>address</c>, <c>user</c>, <c>query:NAME</c> or <c>header:NAME</c>.</param>
    private static string Of(Passage passage, string hashBy) => hashBy switch
    {
        "path" => passage.Head.Path,
        "user" => passage.Identity?.Subject ?? "",
        _ when hashBy.StartsWith("query:", StringComparison.Ordinal) => QueryText.Value(passage.Head.Query, hashBy["query:".Length..]) ?? "",
        _ when hashBy.StartsWith("header:", StringComparison.Ordinal) => passage.Head.Headers.First(hashBy["header:".Length..]) ?? "",
        _ => passage.Source?.Address?.ToString() ?? "unknown",
    };
}
