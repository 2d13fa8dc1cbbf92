using Bascule.Cluster;

namespace Bascule.Storage.Tests;

/// <summary>A gateway as the store sees it: an epoch and its calls.</summary>
internal sealed class Member
{
    private static readonly TimeSpan LongLife = TimeSpan.FromMinutes(5);

    private Member(IClusterStore store, Epoch epoch) => (Store, Epoch) = (store, epoch);

    internal IClusterStore Store { get; }

    internal Epoch Epoch { get; }

    /// <summary>An epoch that counts.</summary>
    internal static async Task<Member> JoinAsync(IClusterStore store, TimeSpan? life = null, string instance = "gateway", params OpenConnection[] opened)
    {
        var member = new Member(store, Epoch.First());
        await member.PulseAsync(new Pulse(member.Epoch, instance, life ?? LongLife) { Opened = opened });
        Assert.True(await store.CountFromNowAsync(member.Epoch, CancellationToken.None));
        return member;
    }

    /// <summary>A process that the store does not know and that asks how often keys are taken by all.</summary>
    internal static async Task<IReadOnlyDictionary<string, int>> TotalsAsync(IClusterStore store, params string[] keys)
    {
        var epoch = Epoch.First();
        var answer = await store.PulseAsync(new Pulse(epoch, "observer", LongLife) { Watched = keys }, CancellationToken.None);
        await store.LeaveAsync(epoch.Process, CancellationToken.None);
        return keys.ToDictionary(key => key, key => answer.Others.GetValueOrDefault(key));
    }

    internal static async Task<int> TotalAsync(IClusterStore store, string key) => (await TotalsAsync(store, key))[key];

    internal Task<PulseAnswer> PulseAsync(Pulse? pulse = null) => Store.PulseAsync(pulse ?? new Pulse(Epoch, "gateway", LongLife), CancellationToken.None);

    internal Task<ClaimAnswer> ClaimAsync(params CountClaim[] claims) => Store.ClaimAsync(Epoch, claims, CancellationToken.None);

    internal Task<bool> ChangeAsync(string key, int change) => Store.ChangeCountsAsync(Epoch, new Dictionary<string, int> { [key] = change }, CancellationToken.None);

    internal Task LeaveAsync() => Store.LeaveAsync(Epoch.Process, CancellationToken.None);
}
