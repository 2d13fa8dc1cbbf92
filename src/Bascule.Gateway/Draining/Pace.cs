namespace Bascule.Gateway;

/// <summary>Deals out so many a second, evenly, and never more than that within any second.</summary>
/// <remarks>A twentieth of a second's worth may be dealt at once, and the rate is lower by as much, so that both together never exceed it.</remarks>
public sealed class Pace
{
    private const int Portions = 20;

    private readonly double _perSecond;
    private readonly double _atOnce;
    private readonly TimeProvider _time;
    private long _dealtAt;
    private double _saved;

    public Pace(int perSecond, TimeProvider time)
    {
        _atOnce = Math.Max(1, perSecond / Portions);
        _perSecond = Math.Max(perSecond - _atOnce, Math.Min(perSecond, 0.95));
        _time = time;
        _dealtAt = time.GetTimestamp();
        _saved = 1;
    }

    /// <summary>How many may go now; 0 to what is saved up.</summary>
    public int Available()
    {
        var now = _time.GetTimestamp();
        _saved = Math.Min(_atOnce, _saved + (_time.GetElapsedTime(_dealtAt, now).TotalSeconds * _perSecond));
        _dealtAt = now;
        return (int)_saved;
    }

    public void Take(int count) => _saved -= count;
}
