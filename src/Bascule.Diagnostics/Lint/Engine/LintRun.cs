namespace Bascule.Diagnostics;

/// <summary>Lints texts: reads them, makes the model of the path, asks every rule, and takes out what is suppressed.</summary>
public static class LintRun
{
    public static LintReport Run(IEnumerable<(string Path, string Text)> texts, LintOptions? options = null)
    {
        List<string> paths = [];
        List<LintFile> files = [];
        foreach (var (path, text) in texts)
        {
            paths.Add(path);
            files.AddRange(FileLoader.Load(path, text));
        }

        var deployment = new Deployment(files, options ?? new LintOptions(), paths);
        var found = Ask(deployment, LintRules.All).ToList();
        var kept = found.Where(f => !Suppressions.Covers(deployment, f)).Distinct().ToList();
        return new LintReport([.. Ordered(kept)], deployment.Intents, paths.Count)
        {
            Suppressed = found.Count - kept.Count,
            Hops = deployment.Hops,
            Serving = new ServingMap(deployment),
            Heartbeat = deployment.Quickest,
            IsAssumed = deployment.Options.AssumeWebSockets,
            Plain = [.. deployment.Carriers.Plain.Select(u => new PlainUnit(u.Label, u.First))],
        };
    }

    /// <summary>What some rules find; the text of an example goes in here, too.</summary>
    public static IEnumerable<LintFinding> Ask(Deployment deployment, IEnumerable<LintRule> rules) =>
        from rule in rules
        where rule.IsForAll || deployment.UsesWebSockets
        from hit in rule.Check(deployment).Take(MostOfARule)
        where rule.IsForAll || deployment.Carriers.Carries(hit.Place)
        let file = deployment.File(hit.Place.File)
        select new LintFinding(rule, rule.Limited(hit.Severity ?? rule.Wish), hit.Place, hit.Seen, hit.Fix ?? rule.Fix, file is null ? null : hit.Edit?.Diff(file)) { Host = hit.Host };

    /// <summary>What is kept of one rule. A baseline has to know all of them; <see cref="LintReport.Shortened"/> is what a person reads.</summary>
    public const int MostOfARule = 100_000;

    private static IEnumerable<LintFinding> Ordered(IEnumerable<LintFinding> findings) =>
        findings.OrderBy(f => f.Severity).ThenBy(f => f.Rule.IsWrongFix).ThenBy(f => f.Rule.Breaks).ThenBy(f => LintRules.OrderOf(f.Rule)).ThenBy(f => f.Place);
}
