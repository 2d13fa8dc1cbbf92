namespace Bascule.Gateway;

/// <summary>Whether the gateway is ready, stopping, or gone; read by health, written by the stop.</summary>
public sealed class GatewayState : IDisposable
{
    private readonly CancellationTokenSource _refusing = new();
    private volatile bool _ready;
    private volatile bool _stopping;

    /// <summary>Load balancers may send clients here.</summary>
    public bool Ready => _ready;

    /// <summary>New attempts are refused.</summary>
    public bool Stopping => _stopping;

    public void Dispose() => _refusing.Dispose();

    internal void Open() => _ready = true;

    /// <summary>Clients that still come are served, but load balancers are told to look elsewhere.</summary>
    internal void LeaveReadiness() => _ready = false;

    /// <summary>Fires when new attempts are refused: those on their way are refused too, while there is somebody to tell them.</summary>
    internal CancellationToken Refusing => _refusing.Token;

    internal Task RefuseNewAsync()
    {
        _stopping = true;
        return _refusing.CancelAsync();
    }
}
