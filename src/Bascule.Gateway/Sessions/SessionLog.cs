using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>What the gateway logs of its sessions: ids 7400 to 7449.</summary>
internal static partial class SessionLog
{
    [LoggerMessage(EventId = 7400, EventName = "SessionHostUnreachable", Level = LogLevel.Warning,
        Message = "Sessions run where this gateway does not reach them: {Seen}. See the network between them, and deploy/kubernetes for the policy that lets gateways in")]
    internal static partial void HostUnreachable(this ILogger logger, string seen);

    [LoggerMessage(EventId = 7401, EventName = "SessionHostsReachable", Level = LogLevel.Information, Message = "The places where sessions run can be reached again")]
    internal static partial void HostsReachable(this ILogger logger);

    [LoggerMessage(EventId = 7402, EventName = "SessionsOpen", Level = LogLevel.Information, Message = "Sessions are open: runner {Runner}, profiles {Profiles}")]
    internal static partial void SessionsOpen(this ILogger logger, string runner, string profiles);
}
