using System.Net;

namespace Bascule.Backends;

/// <summary>Asks the DNS for records with their time to live, and for services: .NET tells neither.</summary>
/// <param name="settings">Read for each question: the files of the system may change.</param>
public sealed class DnsClient(Func<ResolverSettings> settings, TimeProvider time)
{
    /// <summary>Aliases that lead to aliases. Resolvers follow about as many; a ring of them ends here.</summary>
    private const int MostAliases = 16;

    private const int NoSuchName = 3; // RFC 1035 §4.1.1

    private readonly DnsExchange _exchange = new(time);

    /// <summary>Addresses that need no question: of a literal, or a name in the hosts file; null: ask.</summary>
    public IReadOnlyList<IPAddress>? AddressesWithoutQuestion(string name) =>
        IPAddress.TryParse(name, out var literal) ? [literal] : settings().Hosts.GetValueOrDefault(name.TrimEnd('.'));

    /// <summary>The records of this type that a name has, directly or by aliases.</summary>
    public async Task<DnsAnswer> AskAsync(string name, DnsType type, CancellationToken cancellation)
    {
        var resolver = settings();
        foreach (var candidate in resolver.Candidates(name))
        {
            // A candidate that is not there leads to the next. One for which nobody answers does not: the next is another name, and might be another's. Nor does one
            // that is there without such records: its records of another type are used already.
            var lookup = new Lookup(candidate, type);
            if (await RunAsync(lookup, resolver, cancellation) is { } fault)
                return new([], TimeSpan.Zero, fault);
            if (lookup.Exists)
                return new(lookup.Records, lookup.Records.Count == 0 ? TimeSpan.Zero : lookup.TimeToLive, null);
        }

        return new([], TimeSpan.Zero, $"the DNS knows no name {name}");
    }

    private async Task<string?> RunAsync(Lookup lookup, ResolverSettings resolver, CancellationToken cancellation)
    {
        while (lookup.Aliases <= MostAliases)
        {
            var (message, fault) = await _exchange.AskAsync(lookup.Name, lookup.Type, resolver, cancellation);
            if (message is null)
                return fault;
            lookup.Exists = message.Code != NoSuchName;
            if (!lookup.Follow(message.Records))
                return null;
        }

        return $"more than {MostAliases} aliases lead on from one another, the last is {lookup.Name}";
    }

    /// <summary>One name, and where its aliases lead.</summary>
    private sealed class Lookup(string name, DnsType type)
    {
        internal string Name { get; private set; } = name;

        internal DnsType Type => type;

        internal int Aliases { get; private set; }

        internal bool Exists { get; set; }

        internal TimeSpan TimeToLive { get; private set; } = TimeSpan.MaxValue;

        internal IReadOnlyList<DnsRecord> Records { get; private set; } = [];

        /// <summary>True when the records end at an alias, whose target is to be asked for next.</summary>
        internal bool Follow(IReadOnlyList<DnsRecord> records)
        {
            var before = Aliases;
            while (true)
            {
                Records = [.. records.Where(record => record.Type == type && IsMine(record)).Distinct()];
                if (Records.Count > 0)
                {
                    Note(Records.Min(record => record.TimeToLive));
                    return false;
                }

                if (records.FirstOrDefault(record => record.Type == DnsType.Cname && IsMine(record)) is not { } alias || Aliases > MostAliases)
                    return Aliases > before;
                Note(alias.TimeToLive);
                Name = alias.Alias!;
                Aliases++;
            }
        }

        private bool IsMine(DnsRecord record) => string.Equals(record.Owner, Name, StringComparison.OrdinalIgnoreCase);

        private void Note(TimeSpan timeToLive) => TimeToLive = timeToLive < TimeToLive ? timeToLive : TimeToLive;
    }
}
