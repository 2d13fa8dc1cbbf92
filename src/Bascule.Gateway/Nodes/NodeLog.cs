using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>What happens to nodes, as the log tells it: ids 4120 to 4129.</summary>
internal static partial class NodeLog
{
    [LoggerMessage(EventId = 4120, EventName = "NodeChanged", Level = LogLevel.Information, Message = "node {Node} of pool {Pool}: {From} -> {To}")]
    internal static partial void NodeChanged(this ILogger logger, string node, string pool, string from, string to);

    [LoggerMessage(EventId = 4121, EventName = "NodeLeftUse", Level = LogLevel.Warning, Message = "node {Node} of pool {Pool}: {From} -> {To}")]
    internal static partial void NodeLeftUse(this ILogger logger, string node, string pool, string from, string to);

    [LoggerMessage(EventId = 4122, EventName = "DiscoveryFailed", Level = LogLevel.Warning, Message = "nodes of pool {Pool} behind {Url}: {Fault}; known: {Nodes}")]
    internal static partial void DiscoveryFailed(this ILogger logger, string pool, string url, string fault, int nodes);

    [LoggerMessage(EventId = 4123, EventName = "DiscoveryWorks", Level = LogLevel.Information, Message = "nodes of pool {Pool} behind {Url}: {Nodes} found")]
    internal static partial void DiscoveryWorks(this ILogger logger, string pool, string url, int nodes);
}
