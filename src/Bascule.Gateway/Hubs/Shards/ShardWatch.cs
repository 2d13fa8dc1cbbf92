namespace Bascule.Gateway;

/// <summary>Sees whether one shard still speaks: one that hangs gets no clients, and is killed when it goes on, so that its clients come free.</summary>
/// <remarks>What is counted are looks, one a second, and not the time that passed: a gateway that stood still itself blames no shard.</remarks>
internal sealed class ShardWatch(ShardProcess process, ShardClient client)
{
    internal static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>A shard says how it is once a second.</summary>
    internal const int LooksUntilAway = 5;

    internal const int LooksUntilKilled = 30;

    /// <summary>One that has not spoken yet may be starting, on a machine with other things to do.</summary>
    internal const int LooksUntilKilledAtStart = 120;

    private readonly Lock _gate = new();
    private long _heard;
    private int _starts;
    private int _quiet;
    private bool _hasSpoken;

    internal void Look()
    {
        lock (_gate)
        {
            var state = process.State;
            if (state.Phase != ShardPhase.Running || state.Starts != _starts)
            {
                (_starts, _quiet, _hasSpoken, _heard) = (state.Starts, 0, false, client.Heard);
                return;
            }

            if (client.Heard is var heard && heard != _heard)
            {
                (_heard, _quiet, _hasSpoken) = (heard, 0, true);
                return;
            }

            _quiet++;
            if (_quiet >= (_hasSpoken ? LooksUntilKilled : LooksUntilKilledAtStart))
                GiveUp();
            else if (_quiet >= LooksUntilAway)
                client.FellSilent($"it has said nothing for {LooksUntilAway} s and more: it hangs, or was stopped");
        }
    }

    private void GiveUp()
    {
        var why = $"it said nothing for {_quiet} s";
        _quiet = 0;
        // First, so that its clients end with this reason and not with a line that broke.
        client.Link?.Close($"{why}, and is started again");
        process.Kill(why);
    }
}
