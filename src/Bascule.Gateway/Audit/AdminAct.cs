namespace Bascule.Gateway;

/// <summary>What somebody did, or tried to do, through the admin API.</summary>
/// <param name="Who">Name of the admin token; never the token.</param>
/// <param name="Role">Of that token: <c>read</c> or <c>act</c>.</param>
/// <param name="What">The act, in words of ours: <c>close_connection</c>, <c>drain_node</c>.</param>
/// <param name="Target">What it was done to: an id, a name, a filter. Null when there is nothing to name.</param>
/// <param name="Why">The reason that the operator gave.</param>
/// <param name="From">Address of the caller.</param>
public sealed record AdminAct(string Who, string Role, string What, string? Target, string? Why, string? From)
{
    /// <summary>How it came out: <c>done</c>, <c>denied</c>, or what went wrong.</summary>
    public string Outcome { get; init; } = "done";

    /// <summary>Nothing was changed: it was only asked what would be.</summary>
    public bool DryRun { get; init; }
}
