using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>What became of the order to take a client.</summary>
/// <param name="Fault">Why the shard does not have it; null: it has.</param>
/// <param name="Cut">The end of a client of which nobody knows whether the shard has it, or will have: its socket was cut for both. Null: it is still the gateway's.</param>
internal readonly record struct TakeOutcome(string? Fault, EndReason? Cut = null);

/// <summary>A connection whose socket a shard has: what is asked of it goes over the line, and its end comes back the same way.</summary>
/// <param name="grants">What a renewed identity may read and write.</param>
internal sealed class HandedConnection(string attempt, ShardClient shard, DateTimeOffset? expiresAt, Func<Identity, HubRights> grants) : ILiveConnection
{
    private readonly TaskCompletionSource<TakeOutcome> _taken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<EndedNote> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private List<Func<bool>>? _early = [];
    private long _expiresAtTicks = expiresAt?.UtcTicks ?? 0;

    internal string Attempt => attempt;

    internal Task<TakeOutcome> Taken => _taken.Task;

    internal Task<EndedNote> Ended => _ended.Task;

    public DateTimeOffset? ExpiresAt => Volatile.Read(ref _expiresAtTicks) is var ticks && ticks == 0 ? null : new DateTimeOffset(ticks, TimeSpan.Zero);

    public void End(Ending ending, TimeSpan comeBackIn) => TryEnd(ending, comeBackIn);

    public void EndWith(Ending ending, int code, string words) => TryEndWith(ending, code, words);

    /// <summary>False when the shard cannot be told.</summary>
    internal bool TryEnd(Ending ending, TimeSpan comeBackIn) =>
        Leave(new LeaveOrder(attempt, ending.Reason.Label, ending.Detail, ending.Facts, comeBackIn.TotalMilliseconds, null, null));

    internal bool TryEndWith(Ending ending, int code, string words) =>
        Leave(new LeaveOrder(attempt, ending.Reason.Label, ending.Detail, ending.Facts, 0, code, words));

    public bool Renew(Identity renewed, DateTimeOffset? until)
    {
        if (_ended.Task.IsCompleted)
            return false;
        var rights = grants(renewed);
        Volatile.Write(ref _expiresAtTicks, until?.UtcTicks ?? 0);
        return Say(() => shard.Link.Say(ShardFrame.Renew, new RenewOrder(attempt, until, rights.Read, rights.Write), ShardJson.Default.RenewOrder));
    }

    /// <summary>The order to take it is on the line: what was asked of it before follows now.</summary>
    internal void Ordered()
    {
        lock (_gate)
        {
            foreach (var say in _early ?? [])
                say();
            _early = null;
        }
    }

    internal void Answered(string? fault) => _taken.TrySetResult(new TakeOutcome(fault));

    /// <summary>The shard hangs: if it was not taken yet, nobody waits for that any more.</summary>
    /// <returns>False when the shard has it.</returns>
    internal bool TryGiveUp(string why) => _taken.TrySetResult(new TakeOutcome(why, EndReasons.BackendSilent));

    /// <returns>Null when it has not ended by then: a shard that hangs says nothing.</returns>
    internal async Task<EndedNote?> EndedWithinAsync(TimeSpan deadline, TimeProvider time)
    {
        try
        {
            return await _ended.Task.WaitAsync(deadline, time);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    internal void Over(EndedNote note)
    {
        // Only what was taken ends.
        _taken.TrySetResult(default);
        _ended.TrySetResult(note);
    }

    /// <summary>The line broke: the shard died, and the sockets of its clients with it.</summary>
    internal void Lost(string why)
    {
        _taken.TrySetResult(new TakeOutcome(why, EndReasons.BackendClosedEarly));
        _ended.TrySetResult(new EndedNote(attempt, EndReasons.BackendLost.Label, why, null, 0, "", 0, 0, 0, 0, null, null));
    }

    private bool Leave(LeaveOrder order) => Say(() => shard.Link.Say(ShardFrame.Leave, order, ShardJson.Default.LeaveOrder));

    /// <summary>A shard knows the connection from its order on: nothing may come before that.</summary>
    private bool Say(Func<bool> say)
    {
        lock (_gate)
        {
            if (_early is not { } early)
                return say();
            early.Add(say);
            return true;
        }
    }
}
