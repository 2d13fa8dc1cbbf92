using System.Net;

namespace Bascule.Diagnostics;

/// <summary>How a probe goes about it.</summary>
/// <param name="Clock">Its limit holds for each single wait.</param>
public sealed record ProbeOptions(PeerClock Clock)
{
    /// <summary>The variables around the program: proxies that other programs would use.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Asks the name service.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> Resolve { get; init; } = static (host, cancellation) => Dns.GetHostAddressesAsync(host, cancellation);

    /// <summary>How long an echo may take before the server counts as one that does not echo.</summary>
    public TimeSpan EchoPatience { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Sends no messages: to a back end in use they would mean something.</summary>
    public bool IsQuiet { get; init; }

    /// <summary>Silences to try, each on a connection of its own, all at the same time; empty for none.</summary>
    public IReadOnlyList<TimeSpan> Idle { get; init; } = [];

    /// <summary>How often the busy connections of the idle ladder say something; null for a third of the shortest silence, 20 s at most.</summary>
    public TimeSpan? BusyEvery { get; init; }

    /// <summary>Handshakes at the same time; 0 for none.</summary>
    public int Handshakes { get; init; }

    /// <summary>The same service without what stands before it.</summary>
    public ProbeTarget? Direct { get; init; }
}
