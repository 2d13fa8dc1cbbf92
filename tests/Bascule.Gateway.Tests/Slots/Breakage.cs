namespace Bascule.Gateway.Tests;

/// <summary>How far an attempt has got when something breaks.</summary>
public enum Point
{
    /// <summary>In the pool's queue.</summary>
    Waiting,

    /// <summary>The back end took the TCP connection; TLS is not done.</summary>
    Dialing,

    /// <summary>The back end has the request and has not answered.</summary>
    Unanswered,

    /// <summary>Open, and nothing was sent.</summary>
    Open,

    /// <summary>In the middle of a message from the client.</summary>
    Relaying,

    /// <summary>The client has sent its close frame, and the back end has not answered it.</summary>
    Closing,
}

/// <summary>What breaks.</summary>
public enum Break
{
    ClientReset,
    ClientFin,
    BackendReset,
    BackendFin,

    /// <summary>Nobody says anything any more.</summary>
    Silence,

    /// <summary>The gateway stops.</summary>
    Stop,
}
