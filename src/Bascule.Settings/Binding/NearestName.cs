namespace Bascule.Settings;

/// <summary>Finds what someone probably meant.</summary>
internal static class NearestName
{
    // No name of ours is longer; comparing costs the product of both lengths.
    private const int LongestCompared = 64;

    /// <summary>The candidate with the fewest typing slips; null when none is near.</summary>
    internal static string? Of(string written, IEnumerable<string> candidates)
    {
        if (written.Length > LongestCompared)
            return null;

        // A third of the word wrong is still a slip; more is another word.
        var most = Math.Max(2, written.Length / 3);
        return candidates
            .Select(c => (Name: c, Slips: Slips(written.ToLowerInvariant(), c.ToLowerInvariant())))
            .Where(c => c.Slips <= most)
            .OrderBy(c => c.Slips)
            .Select(c => c.Name)
            .FirstOrDefault();
    }

    /// <summary>Letters put in, left out, changed, or swapped with the next (optimal string alignment).</summary>
    internal static int Slips(string a, string b)
    {
        var cost = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            cost[i, 0] = i;
        for (var j = 0; j <= b.Length; j++)
            cost[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var change = cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                var least = Math.Min(change, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    least = Math.Min(least, cost[i - 2, j - 2] + 1);
                cost[i, j] = least;
            }
        }

        return cost[a.Length, b.Length];
    }
}
