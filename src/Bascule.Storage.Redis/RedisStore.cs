using System.Globalization;
using System.Text.Json;
using Bascule.Cluster;
using Bascule.Sessions;
using Bascule.Settings;
using StackExchange.Redis;

namespace Bascule.Storage.Redis;

/// <summary>The store on Redis 5 or newer.</summary>
public sealed class RedisStore : IClusterStore
{
    private readonly RedisLink _link;

    private RedisStore(RedisLink link)
    {
        _link = link;
        Sessions = new RedisSessions(link);
    }

    public string Name => _link.Name;

    /// <summary>The sessions on this Redis. It must keep its data over a restart (<c>appendonly yes</c>), for the processes go on meanwhile.</summary>
    public ISessionStore Sessions { get; }

    public bool IsShared => true;

    /// <summary>The store at an address of Redis; nothing is opened yet.</summary>
    /// <param name="longestWait">Redis is given up after this, but not before some seconds.</param>
    /// <exception cref="ArgumentException">The address is of another kind.</exception>
    public static RedisStore Create(StorageAddress address, TimeProvider time, TimeSpan longestWait = default) =>
        address.Kind == StorageKind.Redis ? new(new RedisLink(address, longestWait, time)) : throw new ArgumentException($"{address} is not Redis.", nameof(address));

    public Task OpenAsync(CancellationToken cancellation) => _link.RunAsync("Opening", RedisScripts.Open, cancellation);

    public async Task<ClaimAnswer> ClaimAsync(Epoch epoch, IReadOnlyList<CountClaim> claims, CancellationToken cancellation)
    {
        RedisValue[] arguments = [epoch.ToString(), epoch.Process, .. claims.SelectMany(claim => new RedisValue[] { claim.Key, claim.Limit })];
        var answer = (long[])(await _link.RunAsync("Counting at", RedisScripts.Claim, cancellation, arguments))!;
        if (answer[0] < 0)
            return ClaimAnswer.Unknown;
        KeyTotal[] totals = [.. answer.Skip(1).Chunk(2).Select(pair => new KeyTotal((int)pair[0], (int)pair[1]))];
        return answer[0] == 1 ? ClaimAnswer.Taken(totals) : ClaimAnswer.Full(claims, totals);
    }

    public Task<bool> ChangeCountsAsync(Epoch epoch, IReadOnlyDictionary<string, int> changes, CancellationToken cancellation) =>
        WriteAsync(RedisScripts.Change, epoch, changes, cancellation);

    public Task<bool> SetCountsAsync(Epoch epoch, IReadOnlyDictionary<string, int> counts, CancellationToken cancellation) =>
        WriteAsync(RedisScripts.Set, epoch, counts, cancellation);

    public async Task<bool> CountFromNowAsync(Epoch epoch, CancellationToken cancellation) =>
        (long)await _link.RunAsync("Counting at", RedisScripts.CountFromNow, cancellation, epoch.ToString(), epoch.Process) == 1;

    public async Task<PulseAnswer> PulseAsync(Pulse pulse, CancellationToken cancellation)
    {
        RedisValue[] arguments =
        [
            pulse.Epoch.ToString(), pulse.Epoch.Process, DirectoryText.Of(pulse.Instance), (long)pulse.Life.TotalMilliseconds, pulse.SinceBulletin, Bulletin.MostPerPulse,
            pulse.Opened.Count, pulse.Closed.Count, pulse.Watched.Count,
            .. pulse.Opened.SelectMany(connection => new RedisValue[] { connection.Id, DirectoryEntry.Write(connection) }),
            .. pulse.Closed.Select(id => (RedisValue)id),
            .. pulse.Watched.Select(key => (RedisValue)key),
        ];
        var answer = (RedisResult[])(await _link.RunAsync("Keeping this gateway alive in", RedisScripts.Pulse, cancellation, arguments))!;
        var others = (long[])answer[2]!;
        return new PulseAnswer(
            (long)answer[0] == 1,
            [.. ((string[])answer[1]!).Select(ReadBulletin)],
            pulse.Watched.Zip(others).ToDictionary(pair => pair.First, pair => (int)pair.Second, StringComparer.Ordinal));
    }

    public Task LeaveAsync(string process, CancellationToken cancellation) => _link.RunAsync("Leaving", RedisScripts.Leave, cancellation, process);

    public async Task<bool> PostAsync(Bulletin bulletin, CancellationToken cancellation) =>
        (long)await _link.RunAsync(
            "Posting to", RedisScripts.Post, cancellation, bulletin.Kind, bulletin.Payload, bulletin.Until.ToUnixTimeMilliseconds(), Bulletin.MostAlive) == 1;

    public async Task<bool> PutTicketAsync(Ticket ticket, int mostOfOwner, CancellationToken cancellation) =>
        (long)await _link.RunAsync(
            "Keeping a ticket in", RedisScripts.PutTicket, cancellation, ticket.Hash, ticket.Payload, ticket.Owner, (long)ticket.Life.TotalMilliseconds, mostOfOwner) == 1;

    public async Task<string?> TakeTicketAsync(string hash, CancellationToken cancellation) =>
        (string?)await _link.RunAsync("Taking a ticket from", RedisScripts.TakeTicket, cancellation, hash);

    public async Task<IReadOnlyList<OpenConnection>> FindAsync(DirectoryFilter filter, int most, CancellationToken cancellation)
    {
        // By id: Redis may show an entry twice while its table grows.
        var found = new Dictionary<string, OpenConnection>(StringComparer.Ordinal);
        foreach (var (epoch, instance) in await LivingAsync(cancellation))
        {
            if (filter.Instance is not null && filter.Instance != instance.Name)
                continue;
            var cursor = "0";
            do
            {
                var page = (RedisResult[])(await _link.RunAsync(
                    "Looking for connections in", RedisScripts.Find, cancellation, epoch, cursor, Asked(filter.User), Asked(filter.Route), Asked(filter.Pool), Asked(filter.Node)))!;
                cursor = (string)page[0]!;
                foreach (var entry in ((string[])page[1]!).Select(text => DirectoryEntry.Read(text, instance.Name)))
                    found[entry.Id] = entry;
            }
            while (cursor != "0" && found.Count < most);
        }

        return [.. found.Values.Take(most)];
    }

    public async Task<IReadOnlyList<Instance>> InstancesAsync(CancellationToken cancellation) =>
        [.. (await LivingAsync(cancellation)).Select(pair => pair.Instance).OrderBy(instance => instance.Name, StringComparer.Ordinal).ThenBy(instance => instance.Process, StringComparer.Ordinal)];

    public ValueTask DisposeAsync() => _link.DisposeAsync();

    private static RedisValue Asked(string? value) => value is null ? "*" : "=" + value;

    private static Bulletin ReadBulletin(string text)
    {
        var parts = text.Split(' ', 4);
        var until = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(parts[1], CultureInfo.InvariantCulture));
        return new Bulletin(parts[2], parts[3], until) { Number = long.Parse(parts[0], CultureInfo.InvariantCulture) };
    }

    private async Task<IReadOnlyList<(string Epoch, Instance Instance)>> LivingAsync(CancellationToken cancellation)
    {
        var answer = (string[])(await _link.RunAsync("Looking for gateways in", RedisScripts.Instances, cancellation))!;
        return [.. answer.Chunk(4).Select(row => (row[0], new Instance(
            row[1],
            row[0].Split('.')[0],
            DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(row[2], CultureInfo.InvariantCulture)),
            int.Parse(row[3], CultureInfo.InvariantCulture))))];
    }

    private async Task<bool> WriteAsync(string script, Epoch epoch, IReadOnlyDictionary<string, int> counts, CancellationToken cancellation)
    {
        RedisValue[] arguments = [epoch.ToString(), .. counts.SelectMany(pair => new RedisValue[] { pair.Key, pair.Value })];
        return (long)await _link.RunAsync("Counting at", script, cancellation, arguments) == 1;
    }

    /// <summary>A connection as JSON in Redis; the names are read by the script that looks for them.</summary>
    private sealed record DirectoryEntry(string Id, long Since, string? User, string Route, string Pool, string Node, string Address, string? Protocol)
    {
        internal static string Write(OpenConnection c) => JsonSerializer.Serialize(
            new DirectoryEntry(c.Id, c.Since.ToUnixTimeMilliseconds(), c.User, c.Route, c.Pool, c.Node, c.Address, c.Protocol), JsonSerializerOptions.Web);

        internal static OpenConnection Read(string json, string instance)
        {
            var c = JsonSerializer.Deserialize<DirectoryEntry>(json, JsonSerializerOptions.Web)!;
            return new OpenConnection(c.Id, DateTimeOffset.FromUnixTimeMilliseconds(c.Since))
            {
                User = c.User,
                Route = c.Route,
                Pool = c.Pool,
                Node = c.Node,
                Address = c.Address,
                Protocol = c.Protocol,
                Instance = instance,
            };
        }
    }
}
