namespace Bascule.Load;

/// <summary>Whose fault a failure is, as far as a client can tell.</summary>
public enum Guilty
{
    /// <summary>The machine or the program that makes the load, or what it was told.</summary>
    Client,

    /// <summary>Names, routes, packets: neither end by itself.</summary>
    Network,

    /// <summary>The server, or whatever answers in its place.</summary>
    Server,

    /// <summary>Nothing is wrong: the run was over first.</summary>
    Nobody,
}

/// <summary>One thing that went wrong, once.</summary>
/// <param name="Class">From a bounded table: <c>tcp.refused</c>, <c>http.403</c>, <c>close.1011</c>, <c>msg.gap</c>. See <see cref="FailureClasses"/>.</param>
/// <param name="Seen">What was seen and what was expected, for a person. No tokens.</param>
/// <param name="Attempt">The id that a Bascule gateway gave the attempt, or null.</param>
public sealed record LoadFailure(string Class, string Seen, string? Attempt = null);
