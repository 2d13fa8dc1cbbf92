using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Relay;

/// <summary>How a relayed connection ended.</summary>
/// <param name="Code">The close code that ended it: the one that passed, or the one that we sent to the client. 0: a close frame without a code.</param>
/// <param name="CloseReason">The reason text that went with it.</param>
public sealed record RelayOutcome(Ending Ending, int Code, string CloseReason, RelayFacts Facts)
{
    /// <summary>The back end was the one that failed: it broke off, fell silent, broke the protocol, or closed with a code that says that it cannot go on.</summary>
    public bool BackendFailed =>
        Ending.Reason == EndReasons.BackendLost || Ending.Reason == EndReasons.BackendHeartbeatLost || Ending.Reason == EndReasons.BackendProtocolError
        || (Ending.Reason == EndReasons.BackendClosed && Code is CloseCodes.InternalError or CloseCodes.ServiceRestart or CloseCodes.TryAgainLater or CloseCodes.BadGateway);
}
