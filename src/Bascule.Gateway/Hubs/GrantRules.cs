using Bascule.Hub;

namespace Bascule.Gateway;

/// <summary>What a client may read or write: what its route offers, narrowed by its token.</summary>
internal static class GrantRules
{
    /// <summary>The topics and patterns that both lists allow. Patterns have one <c>*</c>, at their end, so that of two that meet one lies within the other.</summary>
    /// <param name="claimed">Null: the token says nothing, and the route alone counts.</param>
    internal static IReadOnlyList<string> Narrow(IReadOnlyList<string> offered, IReadOnlyList<string>? claimed)
    {
        if (claimed is null)
            return offered;
        var both = new HashSet<string>(StringComparer.Ordinal);
        foreach (var mine in offered)
        {
            foreach (var theirs in claimed)
            {
                if (TopicPattern.Covers(mine, theirs))
                    both.Add(theirs);
                else if (TopicPattern.Covers(theirs, mine))
                    both.Add(mine);
            }
        }

        return [.. both];
    }

    /// <summary>Whether one of them allows the topic, or all of the pattern.</summary>
    internal static bool Allow(IReadOnlyList<string> grants, string topicOrPattern)
    {
        foreach (var grant in grants)
        {
            if (TopicPattern.Covers(grant, topicOrPattern))
                return true;
        }

        return false;
    }
}
