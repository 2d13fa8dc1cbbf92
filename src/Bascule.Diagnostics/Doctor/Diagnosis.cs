namespace Bascule.Diagnostics;

/// <summary>What all sections found together: the gravest first, and what a file causes joined with what was seen of it.</summary>
public sealed class Diagnosis
{
    private const int MostPlaces = 3;

    /// <summary>Twice the heartbeat that rules advise.</summary>
    private static readonly TimeSpan ShortIdle = TimeSpan.FromSeconds(50);

    private readonly List<DoctorFinding> _findings = [];
    private readonly HashSet<LintFinding> _joined = [];

    /// <param name="checks">The machine, the configuration, the cluster, …: what asks nothing but yes or no.</param>
    public Diagnosis(IReadOnlyList<ProbeReport> probes, LintReport? lint, IReadOnlyList<CheckReport> checks)
    {
        (Probes, Lint, Checks) = (probes, lint, checks);
        foreach (var probe in probes)
            _findings.AddRange(probe.Verdicts.Select(v => Joined("probe", v, probe)));
        foreach (var check in checks)
            _findings.AddRange(check.Verdicts.Select(v => Joined(check.Name, v, null)));
        foreach (var finding in lint?.Findings ?? [])
        {
            if (finding.Severity < Severity.Info && !_joined.Contains(finding))
                _findings.Add(new DoctorFinding("lint", finding.Verdict) { Places = [PlaceOf(finding)], Diff = finding.Diff });
        }

        // A sort that keeps the order of equals: what was seen on the wire stands before what a file may cause.
        Findings = [.. _findings.OrderBy(f => f.Verdict.Severity).ThenBy(f => Rank(f))];
    }

    public IReadOnlyList<ProbeReport> Probes { get; }

    public LintReport? Lint { get; }

    public IReadOnlyList<CheckReport> Checks { get; }

    /// <summary>The gravest first; among equals what was seen from outside, then what stands in files, then the machine.</summary>
    public IReadOnlyList<DoctorFinding> Findings { get; }

    /// <summary>Nothing that matters is wrong.</summary>
    public bool IsGood => Findings.All(f => f.Verdict.Severity == Severity.Info);

    /// <summary>All that was probed took a connection, and all that was checked could be asked.</summary>
    public bool IsReachable => Probes.All(p => p.Facts.IsReachable) && Checks.All(c => c.IsReachable);

    private static int Rank(DoctorFinding finding) => finding switch { { Section: "probe" } => 0, { Section: "lint" } => 2, { Section: "host" } => 3, _ => 1 };

    private static CausePlace PlaceOf(LintFinding finding) => new(finding.Rule.Id, finding.Place.File, finding.Place.Line, finding.Seen);

    /// <summary>How sure it is that what stands there has to do with what was seen at the URL.</summary>
    private ServingFit FitOf(Place place, ProbeReport? probe, string? host = null)
    {
        if (probe is null || SafeText.Url(probe.Url) is not { } url)
            return ServingFit.Fits;
        return host is not null && !host.Equals(url.Host, StringComparison.OrdinalIgnoreCase) ? ServingFit.No : Lint!.Serving?.Fit(place, url, probe.Hops) ?? ServingFit.Untold;
    }

    /// <summary>Those that may be it, or where there are none, those that can only be guessed.</summary>
    private static (List<T> Best, bool IsGuess) Surest<T>(IEnumerable<T> all, Func<T, ServingFit> fit)
    {
        var fits = all.ToLookup(fit);
        List<T> sure = [.. fits[ServingFit.Fits], .. fits[ServingFit.Untold]];
        return sure.Count > 0 ? (sure, false) : ([.. fits[ServingFit.Guess]], true);
    }

    /// <summary>What nothing ties to the URL is no cause, and no repair of it is taken for the repair of what was seen.</summary>
    private static DoctorFinding Guessed(string section, Verdict verdict, ProbeReport probe, string what, IEnumerable<CausePlace> places) => new(section, verdict with
    {
        Headline = $"{verdict.Headline} It may be {what}: it is not known to answer here, for it listens on another port than {SafeText.Url(probe.Url)!.Port}.",
    }) { Places = [.. places.Take(MostPlaces)] };

    /// <param name="probe">Null: it was seen on this machine, and not at a URL.</param>
    private DoctorFinding Joined(string section, Verdict verdict, ProbeReport? probe)
    {
        if (Lint is null)
            return new DoctorFinding(section, verdict);
        if (verdict.RuleId is not ("PROBE-IDLE-CUT" or "PROBE-DIRECTION-IDLE" or "PROBE-LIFETIME-CUT"))
            return ByTable(section, verdict, probe);
        // A close frame is no proxy's doing: the limit of the same length in a file is another one.
        return verdict.Headline.StartsWith("The server ", StringComparison.Ordinal) ? new DoctorFinding(section, verdict) : ByTime(section, verdict, probe);
    }

    private DoctorFinding ByTable(string section, Verdict verdict, ProbeReport? probe)
    {
        var (causes, isGuess) = Surest(CauseTable.Causes(verdict.RuleId, probe?.Hops ?? [], Lint!).Distinct(), f => FitOf(f.Place, probe, f.Host));
        if (causes.Count == 0)
            return new DoctorFinding(section, verdict);
        if (isGuess)
            return Guessed(section, verdict, probe!, $"{causes[0].Place} ({causes[0].Seen})", causes.Select(PlaceOf));
        _joined.UnionWith(causes);
        var first = causes[0];
        return new DoctorFinding(section, verdict with
        {
            Headline = $"{verdict.Headline} The cause: {first.Place}: {first.Seen}.",
            Fix = first.Fix,
            Source = Both(verdict.Source, first.Rule.Source),
        }) { Places = [.. causes.Take(MostPlaces).Select(PlaceOf)], Diff = first.Diff, IsJoined = true };
    }

    /// <summary>A limit is recognised by its length: the hop of the files that ends connections after what was measured.</summary>
    private DoctorFinding ByTime(string section, Verdict verdict, ProbeReport? probe)
    {
        var measured = probe?.Facts.IdleLimit;
        var isAge = verdict.RuleId == "PROBE-LIFETIME-CUT";
        var lengths = measured is null ? [] : Lint!.Hops.Select(h => (Hop: h, Limit: isAge ? h.Lifetime : h.Idle))
            .Where(h => h.Limit is { } limit && PlatformCatalogue.IsAbout(measured.Value.TotalSeconds, limit.Seconds));
        var (candidates, isGuess) = Surest(lengths, h => (ServingFit)Math.Min((int)FitOf(h.Limit!.Place, probe), (int)FitOf(h.Hop.Place, probe)));
        var fitting = candidates.DistinctBy(h => h.Limit!.Place).ToList();
        if (fitting.Count == 0)
            return new DoctorFinding(section, verdict);
        if (isGuess)
            return Guessed(section, verdict, probe!, $"{fitting[0].Hop.Name}, which ends connections after {fitting[0].Limit}, {fitting[0].Limit!.Place}", fitting.Select(h => new CausePlace(null, h.Limit!.Place.File, h.Limit.Place.Line, $"{h.Hop.Name}: {h.Limit}")));
        var found = fitting.Select(h => Lint!.Findings.FirstOrDefault(f => f.Place.File == h.Limit!.Place.File && f.Place.Line == h.Limit.Place.Line && f.Rule.Breaks == Breaks.Connection)).OfType<LintFinding>().ToList();
        _joined.UnionWith(found);
        var (hop, limit) = (fitting[0].Hop, fitting[0].Limit!);
        return new DoctorFinding(section, verdict with
        {
            Headline = $"{hop.Name} ends connections after {limit}{(isAge ? ", busy or not" : " of silence")}: {limit.Place}.",
            // The rule's pings are for the usual limits; a shorter one wants those that were worked out from it.
            Fix = found.Count == 0 || (!isAge && measured < ShortIdle) ? $"{verdict.Fix} It is set in {limit.Place}." : found[0].Fix,
            Source = found.Count > 0 ? Both(verdict.Source, found[0].Rule.Source) : verdict.Source,
        })
        {
            Places = [.. fitting.Take(MostPlaces).Select(h => new CausePlace(found.Find(f => f.Place.Line == h.Limit!.Place.Line && f.Place.File == h.Limit.Place.File)?.Rule.Id, h.Limit!.Place.File, h.Limit.Place.Line, $"{h.Hop.Name}: {h.Limit}"))],
            Diff = found.Count > 0 ? found[0].Diff : null,
            IsJoined = true,
        };
    }

    private static string Both(string first, string second) =>
        string.Join("; ", first.Split("; ").Concat(second.Split("; ")).Where(s => s.Length > 0).Distinct(StringComparer.Ordinal));
}
