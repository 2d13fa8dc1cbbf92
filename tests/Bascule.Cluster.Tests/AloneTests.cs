using Bascule.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bascule.Cluster.Tests;

/// <summary>Counting without a store: at once, and exact.</summary>
public sealed class AloneTests
{
    private readonly ClusterCounts _counts = new(null, new ManualTime(), NullLogger<ClusterCounts>.Instance);

    [Fact]
    public void As_many_are_taken_as_the_limit_allows_and_what_comes_back_is_free_again()
    {
        var leases = Enumerable.Range(0, 3).Select(_ => Take(new CountClaim("user:ann", 3)).Lease!).ToList();

        var refused = Take(new CountClaim("user:ann", 3));
        Assert.Equal((null, new CountClaim("user:ann", 3), 3), (refused.Lease, refused.Full, refused.Seen));
        Assert.NotNull(Take(new CountClaim("user:bob", 3)).Lease);

        leases[1].Dispose();
        leases[1].Dispose();
        Assert.Equal(2, _counts.CountOf("user:ann"));
        Assert.NotNull(Take(new CountClaim("user:ann", 3)).Lease);
        Assert.Null(Take(new CountClaim("user:ann", 3)).Lease);
    }

    [Fact]
    public void A_call_takes_all_its_claims_or_none()
    {
        Take(new CountClaim("tier:gold", 1));

        var refused = Take(new CountClaim("gateway", 9, CountScope.Gateway), new CountClaim("user:ann", 9), new CountClaim("tier:gold", 1), new CountClaim("route:chat", 9));

        Assert.Equal((new CountClaim("tier:gold", 1), 1), (refused.Full, refused.Seen));
        Assert.Equal((0, 0, 0), (_counts.CountOf("gateway", CountScope.Gateway), _counts.CountOf("user:ann"), _counts.CountOf("route:chat")));
        Assert.Equal(1, _counts.Leases);
    }

    [Fact]
    public void The_same_key_in_two_scopes_is_two_counts()
    {
        using var lease = Take(new CountClaim("x", 1), new CountClaim("x", 1, CountScope.Gateway)).Lease;

        Assert.Equal((1, 1), (_counts.CountOf("x"), _counts.CountOf("x", CountScope.Gateway)));
        Assert.Equal(CountScope.Gateway, Take(new CountClaim("x", 2), new CountClaim("x", 1, CountScope.Gateway)).Full?.Scope);
    }

    [Fact]
    public void A_call_without_claims_has_a_lease_of_nothing()
    {
        var lease = Take().Lease!;
        Assert.Equal(1, _counts.Leases);
        lease.Dispose();
        Assert.Equal(0, _counts.Leases);
    }

    [Fact]
    public void Claims_that_no_store_could_keep_apart_are_refused()
    {
        Assert.Contains("same key user:ann", Assert.Throws<ArgumentException>(() => Take(new CountClaim("user:ann", 3), new CountClaim("user:ann", 2))).Message);
        Assert.Contains("401 signs", Assert.Throws<ArgumentException>(() => Take(new CountClaim(new string('x', 401), 3))).Message);
        Assert.Equal(0, _counts.Leases);
    }

    [Fact]
    public void The_state_says_that_there_is_no_storage()
    {
        Assert.Equal(ClusterMode.Alone, _counts.State.Mode);
        Assert.Equal("no storage: this gateway counts for itself", _counts.State.Text);
    }

    [Fact]
    public async Task A_cancelled_attempt_takes_nothing()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _counts.TakeAsync([new CountClaim("x", 1)], new CancellationToken(canceled: true)).AsTask());
        Assert.Equal(0, _counts.CountOf("x"));
    }

    [Fact]
    public async Task Of_many_at_once_exactly_as_many_succeed_as_the_limit_allows_and_leases_come_back_once()
    {
        const int contenders = 4;
        CountLease?[] taken = new CountLease?[contenders];
        var contend = Enumerable.Range(0, contenders).Select<int, Action>(i => () =>
        {
            taken[i] = Take(new CountClaim("user:ann", 2), new CountClaim("all", 100)).Lease;
            taken[(i + 1) % contenders]?.Dispose();
            taken[i]?.Dispose();
        });

        await Race.RunAsync(
            rounds: 2000,
            before: () => Array.Clear(taken),
            after: () =>
            {
                Assert.Equal((0, 0, 0), (_counts.CountOf("user:ann"), _counts.CountOf("all"), _counts.Leases));
                return Task.CompletedTask;
            },
            [.. contend]);
    }

    private CountResult Take(params CountClaim[] claims)
    {
        var taking = _counts.TakeAsync(claims, CancellationToken.None);
        if (taking.IsCompletedSuccessfully)
            return taking.Result;
        throw new InvalidOperationException("Without a store nobody waits.");
    }
}
