using System.Net;

namespace Bascule.Backends;

/// <summary>The types of records that are asked for or followed (RFC 1035, 2782, 3596).</summary>
public enum DnsType
{
    A = 1,
    Cname = 5,
    Aaaa = 28,
    Srv = 33,
}

/// <summary>One record of an answer; what its type has is set.</summary>
/// <param name="Owner">Its name, without a dot at the end.</param>
public sealed record DnsRecord(string Owner, DnsType Type, TimeSpan TimeToLive)
{
    public IPAddress? Address { get; init; }

    /// <summary>Of a CNAME.</summary>
    public string? Alias { get; init; }

    public DnsService? Service { get; init; }
}

/// <summary>What an SRV record says. An empty target: the service does not exist here.</summary>
public sealed record DnsService(string Target, int Port, int Priority, int Weight);

/// <summary>A message of a server that answers our question.</summary>
/// <param name="Code">RCODE: 0 good, 3 no such name.</param>
/// <param name="IsTruncated">The whole answer did not fit; ask again by TCP.</param>
public sealed record DnsMessage(int Code, bool IsTruncated, IReadOnlyList<DnsRecord> Records);

/// <summary>What the servers said at last.</summary>
/// <param name="Records">Of the type that was asked for; none when the name has none.</param>
/// <param name="TimeToLive">The shortest of all records that led there; zero without records.</param>
/// <param name="Fault">Why there is no answer, or that there is no such name; null when there is one.</param>
public sealed record DnsAnswer(IReadOnlyList<DnsRecord> Records, TimeSpan TimeToLive, string? Fault);
