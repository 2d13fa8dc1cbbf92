namespace Bascule.Cluster;

/// <summary>The store could not do what it was asked. The message says what was tried, what was seen and what to do; it shows no secret.</summary>
public sealed class StoreUnavailableException : Exception
{
    public StoreUnavailableException(string tried, string seen, string remedy, Exception? cause = null)
        : base($"{tried}: {seen} {remedy}", cause)
    {
        Seen = seen;
    }

    /// <summary>What was seen alone, for a log line that names the store already.</summary>
    public string Seen { get; }
}
