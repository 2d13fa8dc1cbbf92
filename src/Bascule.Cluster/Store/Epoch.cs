using System.Security.Cryptography;

namespace Bascule.Cluster;

/// <summary>One stay of a gateway process in the store. A process that lost the store comes back with a new one, so that what it sent before and arrives late
/// meets an epoch that is over.</summary>
/// <param name="Process">16 random hex digits: this process and no other.</param>
/// <param name="Number">Counts the stays of the process, from 1.</param>
public sealed record Epoch(string Process, int Number)
{
    /// <summary>The first epoch of this process.</summary>
    public static Epoch First() => new(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)), 1);

    public Epoch Next() => this with { Number = Number + 1 };

    public override string ToString() => $"{Process}.{Number}";
}
