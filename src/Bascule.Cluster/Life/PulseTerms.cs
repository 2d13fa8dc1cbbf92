namespace Bascule.Cluster;

/// <summary>How a gateway shows the store that it lives.</summary>
/// <param name="Instance">What it calls itself, for operators.</param>
public sealed record PulseTerms(string Instance)
{
    /// <summary>Time between two pulses. Half a second: a revocation reaches every gateway within one (requirement).</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Life without a pulse. 10 s: what a dead gateway held is free within 15 s (requirement), and a pause of some seconds costs nothing.</summary>
    public TimeSpan Life { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Of a gateway that may wait so long for the store. A pulse that is still waited for must not outlive the gateway there, so its life is at least twice that.</summary>
    public static PulseTerms For(string instance, TimeSpan longestWait)
    {
        var terms = new PulseTerms(instance);
        return longestWait * 2 > terms.Life ? terms with { Life = longestWait * 2 } : terms;
    }
}
