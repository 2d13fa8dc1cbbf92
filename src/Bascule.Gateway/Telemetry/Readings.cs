using System.Reflection;
using Bascule.Relay;

namespace Bascule.Gateway;

/// <summary>Values that are asked for when somebody scrapes. Called from any thread; must not block.</summary>
public sealed record GatewayReadings(Func<IEnumerable<SlotReading>> Slots, Func<IEnumerable<QueueReading>> Queues, Func<long> DrainRemaining);

/// <param name="Node">As the configuration names it.</param>
public readonly record struct SlotReading(string Pool, string Node, long InUse, long Limit);

/// <param name="Depth">Attempts that wait now.</param>
public readonly record struct QueueReading(string Pool, long Depth);

/// <summary>What passed in both directions since the last report.</summary>
public readonly record struct TrafficCounts(DirectionCounts ToBackend, DirectionCounts ToClient);

/// <summary>The side that a ping of the gateway went to.</summary>
public enum PingedSide
{
    Client,
    Backend,
}

/// <summary>Which program this is.</summary>
/// <param name="Commit">Of the source; <c>unknown</c> when it was built outside a repository.</param>
public readonly record struct BuildVersion(string Version, string Commit)
{
    /// <summary>Reads <c>0.1.0+commit</c>, which the build writes into each assembly.</summary>
    public static BuildVersion Of(Assembly assembly)
    {
        var text = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
        var plus = text.IndexOf('+');
        return plus < 0 ? new BuildVersion(text, "unknown") : new BuildVersion(text[..plus], text[(plus + 1)..]);
    }
}
