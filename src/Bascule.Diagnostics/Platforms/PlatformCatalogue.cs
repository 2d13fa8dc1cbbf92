using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bascule.Diagnostics;

/// <summary>Facts about platforms, with how they are known and where it is written. They lie in <c>platforms.json</c>, inside the program.</summary>
public sealed class PlatformCatalogue
{
    // The clocks of two sides, and how exactly a limit is kept: both within this much (the catalogue's own caution).
    private const double ShareOfTolerance = 0.1;
    private const double SecondsOfTolerance = 2;

    private static readonly JsonSerializerOptions Layout = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) } };
    private static readonly Lazy<PlatformCatalogue> Own = new(Read);

    private readonly Dictionary<string, PlatformFact> _byId;

    private PlatformCatalogue(Document document)
    {
        (AsOf, Facts, Durations) = (document.AsOf, document.Facts, document.Durations);
        _byId = document.Facts.ToDictionary(f => f.Id, StringComparer.Ordinal);
    }

    /// <summary>The one that the program carries.</summary>
    public static PlatformCatalogue Embedded => Own.Value;

    /// <summary>The day on which the facts were looked up: vendors change their limits.</summary>
    public DateOnly AsOf { get; }

    public IReadOnlyList<PlatformFact> Facts { get; }

    public IReadOnlyList<DurationFingerprint> Durations { get; }

    /// <exception cref="KeyNotFoundException">There is no such fact.</exception>
    public PlatformFact this[string id] => _byId.TryGetValue(id, out var fact) ? fact : throw new KeyNotFoundException($"The catalogue of platforms has no fact {id}.");

    /// <summary>Whether two times mean the same limit: within a tenth, or two seconds.</summary>
    public static bool IsAbout(double seconds, double limit) => Math.Abs(seconds - limit) <= Math.Max(SecondsOfTolerance, limit * ShareOfTolerance);

    /// <summary>Who is known to end connections after about this time; the nearest first.</summary>
    public IEnumerable<DurationFingerprint> EndingAfter(double seconds, string kind) =>
        Durations.Where(d => d.Kind == kind && IsAbout(seconds, d.Seconds)).OrderBy(d => Math.Abs(seconds - d.Seconds));

    /// <summary>The addresses behind some facts, for <see cref="Verdict.Source"/>; says so where a fact is hearsay or memory.</summary>
    public static string SourceOf(IEnumerable<PlatformFact> facts)
    {
        var named = new HashSet<string>(StringComparer.Ordinal);
        return string.Join("; ", facts.Select(f => Said(f, named.Add(f.Evidence == EvidenceLevel.Recalled ? $"recalled {f.Source}" : f.Source))).OfType<string>().Distinct(StringComparer.Ordinal));
    }

    /// <param name="isNew">Its address was not named yet.</param>
    private static string? Said(PlatformFact fact, bool isNew) => fact.Evidence switch
    {
        EvidenceLevel.Experiment => isNew ? $"measured ({fact.Id}); related: {fact.Source}" : $"measured ({fact.Id})",
        _ when !isNew => null,
        EvidenceLevel.Quoted => $"{fact.Source} (second-hand)",
        EvidenceLevel.Community => $"{fact.Source} (reported by users)",
        EvidenceLevel.Inferred => $"{fact.Source} (inferred)",
        EvidenceLevel.Recalled => $"experience, not looked up (related: {fact.Source})",
        _ => fact.Source,
    };

    private static PlatformCatalogue Read()
    {
        const string name = "platforms.json";
        using var stream = typeof(PlatformCatalogue).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"The program was built without {name}.");
        return new PlatformCatalogue(JsonSerializer.Deserialize<Document>(stream, Layout)!);
    }

    private sealed record Document(DateOnly AsOf, IReadOnlyList<PlatformFact> Facts, IReadOnlyList<DurationFingerprint> Durations);
}
