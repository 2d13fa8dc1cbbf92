using Bascule.Settings;

namespace Bascule.Backends;

/// <summary>One back end of a pool, and how many of its slots are in use. The counts may be read at any time, from any thread.</summary>
public sealed class Node
{
    private int _slotsInUse;

    internal Node(NodeSettings settings, int slotsPerNode)
    {
        Url = new Uri(settings.Url);
        Name = $"{Url.Host}:{Url.Port}";
        Hash = HashKey.Of(Name);
        InsecureTls = settings.InsecureTls;
        SlotLimit = settings.Slots ?? slotsPerNode;
    }

    /// <summary><c>host:port</c>; an IPv6 address is in brackets. No two nodes of a pool have the same.</summary>
    public string Name { get; }

    public Uri Url { get; }

    /// <summary>Accept any certificate of this node.</summary>
    public bool InsecureTls { get; }

    /// <summary>Connections that this node takes at once.</summary>
    public int SlotLimit { get; }

    public int SlotsInUse => Volatile.Read(ref _slotsInUse);

    internal ulong Hash { get; }

    internal bool HasFreeSlot => SlotsInUse < SlotLimit;

    public override string ToString() => Name;

    /// <summary>Changes the count. Only the pool calls it, inside its lock.</summary>
    internal void Count(int change) => Volatile.Write(ref _slotsInUse, _slotsInUse + change);
}
