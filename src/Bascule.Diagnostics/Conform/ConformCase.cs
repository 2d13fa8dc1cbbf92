namespace Bascule.Diagnostics;

/// <summary>One thing that a standard demands, and how to see whether it is done.</summary>
/// <param name="Id">Stable: <c>framing-length-126</c>. What <c>--case</c> takes, and what lists of known deviations hold.</param>
/// <param name="Title">What the other end should do, in one line.</param>
/// <param name="Source">Where that is written: <c>RFC 6455 §5.4</c>.</param>
/// <param name="Run">Plays the case and says what was seen. It owns the peers that it opens.</param>
public sealed record ConformCase(string Id, ConformArea Area, string Title, string Source, Func<ConformStage, CancellationToken, Task<Observation>> Run);

/// <summary>A chapter of the cases: one table, one line of the summary.</summary>
/// <param name="Name">What <c>--area</c> takes.</param>
public sealed record ConformArea(string Name, string Title);

/// <summary>How a case ended.</summary>
public enum Outcome
{
    Passed,

    /// <summary>Allowed by the RFC, or harmless; stricter would be better.</summary>
    Lenient,

    Failed,

    /// <summary>The other end does not have what the case is about: no echo, no compression, no HTTP/2.</summary>
    NotApplicable,

    /// <summary>The case could not be played: nobody could be reached, or the handshake before it failed.</summary>
    Broken,
}

/// <summary>What was seen, and what should have been.</summary>
/// <param name="Seen">For a case that was not played: why.</param>
/// <param name="Expected">For a lenient one: what would be better, and why it is still allowed.</param>
public sealed record Observation(Outcome Outcome, string Seen, string Expected)
{
    public static Observation Passed(string seen) => new(Outcome.Passed, seen, "");

    public static Observation Lenient(string seen, string better) => new(Outcome.Lenient, seen, better);

    public static Observation Failed(string seen, string expected) => new(Outcome.Failed, seen, expected);

    public static Observation NotApplicable(string why) => new(Outcome.NotApplicable, why, "");

    public static Observation Broken(string why) => new(Outcome.Broken, why, "");
}

/// <summary>One line of the report.</summary>
public sealed record CaseResult(ConformCase Case, Outcome Outcome, string Seen, string Expected, TimeSpan Duration);

/// <summary>Thrown where a case cannot go on for a reason that is not its subject; becomes <see cref="Outcome.Broken"/>.</summary>
public class CaseBrokenException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>Nobody took the connection: refused, no route, no answer, or TLS failed.</summary>
public sealed class NotReachedException(Uri url, string why, Exception cause) : CaseBrokenException($"{Place(url)} cannot be reached: {why}", cause)
{
    private static string Place(Uri url) => url.HostNameType == UriHostNameType.IPv6 ? $"[{url.IdnHost}]:{url.Port}" : $"{url.IdnHost}:{url.Port}";
}
