using Microsoft.Extensions.Logging;

namespace Bascule.Cluster;

/// <summary>What the cluster room logs: ids 7000 to 7099.</summary>
internal static partial class ClusterLog
{
    [LoggerMessage(EventId = 7000, EventName = "ClusterConnected", Level = LogLevel.Information,
        Message = "Connected to {Store} after {LostSeconds:0.###} s; limits hold over all gateways that share it")]
    internal static partial void ClusterConnected(this ILogger logger, string store, double lostSeconds);

    [LoggerMessage(EventId = 7001, EventName = "ClusterLost", Level = LogLevel.Warning,
        Message = "Lost {Store}: {Seen} This gateway serves on, by its own counts and what it last heard of others, and tries again")]
    internal static partial void ClusterLost(this ILogger logger, string store, string seen);

    [LoggerMessage(EventId = 7002, EventName = "BulletinFailed", Level = LogLevel.Error,
        Message = "Bulletin {Number} of kind {Kind} was not carried out here: its handler failed. Please report it as a defect of Bascule")]
    internal static partial void BulletinFailed(this ILogger logger, Exception cause, long number, string kind);

    [LoggerMessage(EventId = 7003, EventName = "LeaveFailed", Level = LogLevel.Warning,
        Message = "{Store} could not be told that this gateway stops: {Seen} Its counts are free in {LifeSeconds} s")]
    internal static partial void LeaveFailed(this ILogger logger, string store, string seen, double lifeSeconds);
}
