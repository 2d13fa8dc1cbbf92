namespace Bascule.Terminal;

/// <summary>A stream of a terminal that can be held.</summary>
internal enum HeldStream
{
    Output,
    Errors,
}

/// <summary>Lets go of what is held from the start, unless somebody came for it.</summary>
internal sealed class HoldKeeper : IDisposable
{
    private readonly RunningProcess _process;
    private readonly Lock _gate = new();
    private readonly HashSet<HeldStream> _taken = [];
    private readonly ITimer _letGo;

    internal HoldKeeper(RunningProcess process, TimeSpan hold, TimeProvider time)
    {
        _process = process;
        _letGo = time.CreateTimer(static keeper => ((HoldKeeper)keeper!).LetGo(), this, hold > TimeSpan.Zero ? hold : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    internal void Set(HeldStream stream, long offset)
    {
        lock (_gate)
        {
            _taken.Add(stream);
            PumpOf(stream)?.Hold(offset);
        }
    }

    public void Dispose() => _letGo.Dispose();

    private void LetGo()
    {
        lock (_gate)
            foreach (var stream in Enum.GetValues<HeldStream>())
                if (!_taken.Contains(stream))
                    PumpOf(stream)?.Hold(long.MaxValue);
    }

    private OutputPump? PumpOf(HeldStream stream) => stream == HeldStream.Output ? _process.Output : _process.Errors;
}
