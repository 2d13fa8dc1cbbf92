namespace Bascule.Diagnostics;

/// <summary>The very same request, asked several times, is answered in different ways: the instances behind the name are not alike.</summary>
internal static class MixedAnswers
{
    internal static Verdict? Judge(Differential seen)
    {
        List<HttpAnswer> all = [seen.Full, .. seen.Again];
        var opened = all.Count(a => a.Status == 101);
        if (opened == 0 || opened == all.Count)
            return null;
        if (seen.Singly.Count > 0 && seen.Singly.All(a => a.Status == 101))
            return Limit(seen, all.First(a => a.Status != 101), all.Count - opened, all.Count);
        var refused = all.Where(a => a.Status != 101).GroupBy(a => a.Status).MaxBy(g => g.Count())!;
        var other = refused.First();
        var share = $"{all.Count - opened} of {all.Count} equal upgrades fail";
        // It was measured here, so the fact behind it does not weigh.
        return Judge(seen, other, share) is var verdict && other.Status == 429 ? verdict : verdict with { Severity = Severity.Error };
    }

    /// <summary>One instance that is broken fails one after the other, too.</summary>
    private static Verdict Limit(Differential seen, HttpAnswer other, int failed, int all) => seen.Say(
        "PROBE-CAPACITY", Severity.Warning, $"{failed} of {all} equal upgrades fail when they are open at once ({other.Brief}), and none of {seen.Singly.Count} one after the other: a limit of connections, not a broken instance.",
        "A connection that is closed makes room for the next one, so what refuses counts those that are open: per client, or all of them.", "Find the limit where the answer comes from (nginx: limit_conn; connections per client of a firewall; workers of the server), and raise it: people behind one address share it. --handshakes shows how many fit.",
        "nginx-limit-req-503");

    private static Verdict Judge(Differential seen, HttpAnswer other, string share) => other.Status switch
    {
        429 => seen.Say("PROBE-429", Severity.Info, $"A few upgrades in a second are enough for a rate limit: {share} with 429.", "Each try of this probe counts, and each reload of a page.", "Give upgrades a limit of their own with room for everybody to come back.", "cf-one-request"),
        >= 500 => seen.Say("PROBE-INSTANCES", $"{share} ({other.Brief}): one of several instances behind {Name(seen)} is broken or full, or a limit is met.", "The request is the same each time; which instance gets it is not.",
            "Probe each instance by itself (--direct), and take out the one that fails; a health check that asks the real path would.", "app-inmemory-multi"),
        0 => seen.Say("PROBE-INSTANCES", $"{share} ({other}): one of several instances behind {Name(seen)} is broken.", "The request is the same each time; which instance gets it is not.", "Probe each instance by itself (--direct), and take out the one that fails.", "app-inmemory-multi"),
        _ => seen.Say("PROBE-INSTANCES", $"{share} ({other.Brief}): the instances behind {Name(seen)} do not know the same. Sessions in the memory of one of them do that.",
            "The request is the same each time; the instance that gets it either knows the session, the path or the token, or does not.", "Keep sessions where all instances see them (Redis, a database), or route by session; affinity alone loses them with the next restart. If it is no session: the instances run different versions.",
            "app-inmemory-multi"),
    };

    private static string Name(Differential seen) => seen.Proxy?.Name ?? "this name";
}
