using System.Globalization;
using Bascule.Cluster;
using Bascule.Sessions;
using StackExchange.Redis;

namespace Bascule.Storage.Redis;

/// <summary>Sessions on Redis: each call one script.</summary>
internal sealed class RedisSessions(RedisLink link) : ISessionStore
{
    public async Task<CreateVerdict> CreateAsync(SessionRecord record, SessionQuota quota, CancellationToken cancellation) =>
        (long)await RunAsync(
            "Writing a session to", SessionScripts.Create, cancellation, record.Id.ToString(), record.Version, record.Owner ?? "", record.Tenant ?? "", (int)record.State,
            record.CreatedAt.ToUnixTimeMilliseconds(), EndedAt(record), SessionText.Write(record), quota.PerUser, quota.PerTenant) switch
        {
            0 => CreateVerdict.Created,
            1 => CreateVerdict.UserFull,
            _ => CreateVerdict.TenantFull,
        };

    public async Task<SessionRecord?> FindAsync(SessionId id, CancellationToken cancellation)
    {
        var found = (string[]?)await RunAsync("Looking for a session in", SessionScripts.Find, cancellation, id.ToString());
        return found is [var record, var version] ? Read(record, version) : null;
    }

    public async Task<IReadOnlyList<SessionRecord>> ListAsync(SessionFilter filter, int most, CancellationToken cancellation)
    {
        var found = (string[])(await RunAsync(
            "Listing sessions of", SessionScripts.List, cancellation, filter.OldestFirst ? 1 : 0, most, Asked(filter.Owner), Asked(filter.Tenant),
            Asked(filter.State is { } state ? $"{(int)state}" : null)))!;
        return [.. found.Chunk(2).Select(pair => Read(pair[0], pair[1]))];
    }

    public async Task<SessionRecord?> UpdateAsync(SessionRecord record, CancellationToken cancellation)
    {
        var version = (long)await RunAsync(
            "Changing a session in", SessionScripts.Update, cancellation, record.Id.ToString(), record.Version, (int)record.State, EndedAt(record), SessionText.Write(record));
        return version == 0 ? null : record with { Version = version };
    }

    public Task PutResultAsync(SessionId id, SessionResult result, CancellationToken cancellation) =>
        RunAsync(
            "Keeping the output of a session in", SessionScripts.PutResult, cancellation, id.ToString(), result.Output.ToArray(), result.Errors.ToArray(), result.IsTruncated ? 1 : 0);

    public async Task<SessionResult?> ResultAsync(SessionId id, CancellationToken cancellation)
    {
        var found = (byte[][]?)await RunAsync("Reading the output of a session from", SessionScripts.Result, cancellation, id.ToString());
        return found is [var output, var errors, var truncated] ? new SessionResult(output, errors, truncated is [(byte)'1']) : null;
    }

    public async Task<int> ForgetEndedAsync(DateTimeOffset before, int most, CancellationToken cancellation) =>
        (int)(long)await RunAsync("Clearing up sessions of", SessionScripts.Forget, cancellation, before.ToUnixTimeMilliseconds(), most);

    public Task BeatAsync(string host, TimeSpan life, CancellationToken cancellation) =>
        RunAsync("Keeping a session host alive in", SessionScripts.Beat, cancellation, host, (long)life.TotalMilliseconds);

    public async Task<IReadOnlySet<string>> LivingHostsAsync(CancellationToken cancellation) =>
        ((string[])(await RunAsync("Looking for session hosts in", SessionScripts.LivingHosts, cancellation))!).ToHashSet(StringComparer.Ordinal);

    private static long EndedAt(SessionRecord record) => record.End?.At.ToUnixTimeMilliseconds() ?? 0;

    private static RedisValue Asked(string? value) => value is null ? "*" : "=" + value;

    private static SessionRecord Read(string record, string version) => SessionText.Read(record, long.Parse(version, CultureInfo.InvariantCulture));

    private async Task<RedisResult> RunAsync(string what, string script, CancellationToken cancellation, params RedisValue[] arguments)
    {
        try
        {
            return await link.RunAsync(what, script, cancellation, arguments);
        }
        catch (StoreUnavailableException e)
        {
            throw new SessionStoreException(e.Message, e);
        }
    }
}
