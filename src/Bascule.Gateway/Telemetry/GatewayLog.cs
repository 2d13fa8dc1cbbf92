using Bascule.Model;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>What the gateway logs of attempts and connections: ids 4000 to 4049.</summary>
/// <remarks>Opened and ended are Information, though they are one connection's life: the two lines with one attempt id are what operators search for.</remarks>
internal static partial class GatewayLog
{
    [LoggerMessage(EventId = 4000, EventName = "ConnectionOpened", Level = LogLevel.Information,
        Message = "{Attempt} opened: route {Route}, client {Client}, protocol {Protocol}, forwarded {Forwarded}, node {Node}, user {User}, agent {UserAgent}")]
    internal static partial void ConnectionOpened(this ILogger logger, AttemptId attempt, string? route, string? client, string protocol, string? forwarded,
        string? node, string? user, string? userAgent);

    [LoggerMessage(EventId = 4001, EventName = "ConnectionEnded", Level = LogLevel.Information,
        Message = "{Attempt} ended: {Reason} by {By}, route {Route}, code {Code}, after {Seconds} s, to backend {ToBackendMessages} messages {ToBackendBytes} bytes, "
            + "to client {ToClientMessages} messages {ToClientBytes} bytes, {Detail}")]
    internal static partial void ConnectionEnded(this ILogger logger, AttemptId attempt, string reason, string by, string? route, int code, double seconds,
        long toBackendMessages, long toBackendBytes, long toClientMessages, long toClientBytes, string? detail);

    // Warning when the gateway or a back end is the cause: an operator may want to act. A client's own fault is Information.
    [LoggerMessage(EventId = 4002, EventName = "AttemptRefused",
        Message = "{Attempt} refused: {Reason} by {By} in stage {Stage}, status {Status}, code {Code}, route {Route}, client {Client}, after {Milliseconds} ms, {Detail}")]
    internal static partial void AttemptRefused(this ILogger logger, LogLevel level, AttemptId attempt, string reason, string by, string stage, int? status, int code,
        string? route, string? client, double milliseconds, string? detail);

    [LoggerMessage(EventId = 4003, EventName = "GatewayFault", Level = LogLevel.Error,
        Message = "{Attempt} failed in stage {Stage} on route {Route}: a defect of Bascule, please report it")]
    internal static partial void GatewayFault(this ILogger logger, Exception fault, AttemptId attempt, string stage, string? route);
}
