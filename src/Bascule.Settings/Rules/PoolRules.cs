namespace Bascule.Settings;

/// <summary>Pools: their names, hash keys and queues, and how nodes are judged.</summary>
internal static class PoolRules
{
    internal static void Check(RuleContext context)
    {
        foreach (var (name, pool) in context.Settings.Pools)
        {
            var path = $"pools.{name}";
            if (!RouteName.IsValid(name))
                context.Fault(path, "has a name that cannot stand in metrics and paths", RouteName.Rule);
            NodeRules.Check(context, pool.Nodes, $"{path}.nodes");
            if (!IsHashKey(pool.HashBy))
                context.Fault($"{path}.hashBy", "is nothing to hash by", "Write path, address, user, query:NAME or header:NAME.");
            CheckQueue(context, pool.Queue, $"{path}.queue");
            CheckHealth(context, pool.Health, $"{path}.health");
            CheckBreaker(context, pool.Breaker, $"{path}.breaker");
            CheckRebalance(context, pool, path);
            if (pool.Ready > 0 && pool.Protocol == BackendProtocol.Http2)
                context.Notice($"{path}.ready", "which serves only nodes that do not speak HTTP/2: over HTTP/2 WebSockets share connections that are open already");
            if (pool.Shared && StorageRules.KindOf(context) is StorageKind.Memory or StorageKind.Sqlite)
                context.Fault($"{path}.shared",
                    $"counts slots over all gateways, but storage ({context.OriginOf("storage")}) is this gateway's own", StorageRules.SharedRemedy);
        }
    }

    internal static void CheckQueue(RuleContext context, QueueSettings queue, string path)
    {
        if (queue.PerUser > queue.Length)
            context.Fault($"{path}.perUser", $"is above {path}.length ({queue.Length}), so that it could never be reached",
                $"Set it to {queue.Length} or less, or raise length.");
        foreach (var name in queue.Priorities.Keys.Where(n => !LimitRules.IsTier(n)))
            context.Fault($"{path}.priorities.{name}", "is no name of a tier or role", LimitRules.TierRule);
        var handshakes = context.Settings.Overload.HandshakesInFlight;
        if (queue.Length > handshakes)
            context.Notice($"{path}.length", $"but overload.handshakesInFlight lets only {handshakes} attempts wait, those of all pools together");
    }

    private static void CheckHealth(RuleContext context, HealthSettings? health, string path)
    {
        if (health is null)
            return;
        if (health.Check != HealthCheck.Tcp && (!health.Path.StartsWith('/') || health.Path.Any(c => c is '#' || char.IsWhiteSpace(c) || char.IsControl(c))))
            context.Fault($"{path}.path", "is no path", "Write it with a leading / and without spaces or #: /health.");
    }

    private static void CheckBreaker(RuleContext context, BreakerSettings breaker, string path)
    {
        if (breaker.LongestEjection < breaker.Ejection)
            context.Fault($"{path}.longestEjection", $"is shorter than {path}.ejection ({DurationText.Format(breaker.Ejection)}), the first one",
                $"Set it to {DurationText.Format(breaker.Ejection)} or more.");
        if (breaker.FailurePercent > 0 && breaker.Failures != 1 && breaker.FailurePercent * breaker.Sample < 100)
            context.Fault($"{path}.failurePercent",
                $"is passed by a single failure among the {breaker.Sample} connections of {path}.sample, so that each failure would eject the node",
                $"Set sample to {(100 + breaker.FailurePercent - 1) / breaker.FailurePercent} or more, or raise the percentage.");
    }

    private static void CheckRebalance(RuleContext context, PoolSettings pool, string path)
    {
        var mostPerMinute = context.Settings.Drain.PerSecond * 60L;
        if (pool.RebalancePerMinute > mostPerMinute && context.IsSound("drain.perSecond"))
            context.Fault($"{path}.rebalancePerMinute", $"is more than drain.perSecond lets go in a minute ({mostPerMinute})",
                $"Set it to {mostPerMinute} or less, or raise drain.perSecond.");
    }

    private static bool IsHashKey(string text)
    {
        if (text is "path" or "address" or "user")
            return true;
        var name = text.StartsWith("query:", StringComparison.Ordinal) ? text[6..] : text.StartsWith("header:", StringComparison.Ordinal) ? text[7..] : "";
        return name.Length > 0 && !name.Any(char.IsWhiteSpace) && (text[0] == 'q' || FieldName.IsValid(name));
    }
}
