using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>What listeners of our own log: ids 4060 to 4069.</summary>
internal static partial class ListeningLog
{
    [LoggerMessage(EventId = 4060, EventName = "AcceptFailed", Level = LogLevel.Warning, Message = "a connection could not be accepted: {Error}")]
    internal static partial void AcceptFailed(this ILogger logger, SocketError error);

    [LoggerMessage(EventId = 4061, EventName = "LeftUnasked", Level = LogLevel.Debug, Message = "a connection ended before it asked for anything: {Cause}")]
    internal static partial void LeftUnasked(this ILogger logger, string cause);

    [LoggerMessage(EventId = 4062, EventName = "ProxyHeaderRefused", Level = LogLevel.Warning, Message = "a connection was closed unserved: {Cause}")]
    internal static partial void ProxyHeaderRefused(this ILogger logger, string cause);
}
