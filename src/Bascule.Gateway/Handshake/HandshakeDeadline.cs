using Bascule.Admission;
using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>A handshake under way: counted as such, and the time that it has; also over when the client leaves, or the gateway.</summary>
public sealed class HandshakeDeadline : IDisposable
{
    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource _any;
    private readonly CancellationToken _gone;
    private readonly GatewayState _state;
    private readonly OverloadGuard.Handshake _underWay;
    private readonly TimeSpan _limit;

    public HandshakeDeadline(TimeSpan limit, GatewayState state, TimeProvider time, OverloadGuard.Handshake underWay, CancellationToken gone)
    {
        _underWay = underWay;
        _limit = limit;
        _gone = gone;
        _state = state;
        _timer = new CancellationTokenSource(limit, time);
        _any = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, gone, state.Refusing);
    }

    public CancellationToken Token => _any.Token;

    /// <summary>Which of the three it was, and in which stage.</summary>
    public Ending Ending(Stage stage) => _gone.IsCancellationRequested
        ? new Ending(EndReasons.ClientGaveUp, $"the client left in stage {Name(stage)}")
        : _state.Stopping
        ? new Ending(EndReasons.GatewayStopping, $"the attempt was in stage {Name(stage)}")
        : new Ending(EndReasons.HandshakeTimeout, $"{_limit.TotalSeconds:0.#} s were over in stage {Name(stage)}");

    public void Dispose()
    {
        _any.Dispose();
        _timer.Dispose();
        _underWay.Dispose();
    }

#pragma warning disable CA1308 // Stage names are written in lower case everywhere.
    private static string Name(Stage stage) => stage.ToString().ToLowerInvariant();
#pragma warning restore CA1308
}
