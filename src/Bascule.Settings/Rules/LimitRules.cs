namespace Bascule.Settings;

/// <summary>Limits of the gateway, its routes and its tiers: rates that can be read, and no part above its whole.</summary>
internal static class LimitRules
{
    internal const string TierRule = "Use letters, digits and - _ : / @ only; a dot would part it in two.";

    internal static void Check(RuleContext context)
    {
        var settings = context.Settings;
        CheckLimits(context, settings.Limits, "limits");
        for (var i = 0; i < settings.Routes.Count; i++)
        {
            CheckLimits(context, settings.Routes[i].Limits, $"routes.{i}.limits");
            NoticeUnreached(context, settings.Routes[i].Limits, $"routes.{i}.limits");
        }

        foreach (var (name, limits) in settings.Tiers)
        {
            if (!IsTier(name))
                context.Fault($"tiers.{name}", "has a name that no setting can be", TierRule);
            CheckLimits(context, limits, $"tiers.{name}");
        }
    }

    /// <summary>Tiers are values of tokens, often roles: <c>premium</c>, <c>org:admin</c>.</summary>
    internal static bool IsTier(string name) => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || "-_:/@".Contains(c));

    private static void CheckLimits(RuleContext context, LimitSettings limits, string path)
    {
        NotAbove(context, path, ("connectionsPerUser", limits.ConnectionsPerUser), ("connections", limits.Connections));
        NotAbove(context, path, ("connectionsPerAddress", limits.ConnectionsPerAddress), ("connections", limits.Connections));
        NotAbove(context, path, ("messagesPerSecond", limits.MessagesPerSecond), ("userMessagesPerSecond", limits.UserMessagesPerSecond));
        NotAbove(context, path, ("bytesPerSecond", limits.BytesPerSecond), ("userBytesPerSecond", limits.UserBytesPerSecond));

        var all = RateAt(context, limits.UpgradeRate, $"{path}.upgradeRate");
        RateNotAbove(context, path, "upgradeRatePerUser", RateAt(context, limits.UpgradeRatePerUser, $"{path}.upgradeRatePerUser"), all);
        RateNotAbove(context, path, "upgradeRatePerAddress", RateAt(context, limits.UpgradeRatePerAddress, $"{path}.upgradeRatePerAddress"), all);
        RateAt(context, limits.RequestRatePerAddress, $"{path}.requestRatePerAddress");
    }

    private static void NotAbove(RuleContext context, string path, (string Name, long? Value) part, (string Name, long? Value) whole)
    {
        if (part.Value > whole.Value)
            context.Fault($"{path}.{part.Name}", $"is above {path}.{whole.Name} ({whole.Value}), so that it could never be reached",
                $"Set it to {whole.Value} or less, or raise {whole.Name}.");
    }

    private static void RateNotAbove(RuleContext context, string path, string name, double? part, double? whole)
    {
        if (part > whole)
            context.Fault($"{path}.{name}.rate", $"is above {path}.upgradeRate, which counts all attempts together, so that it could never be reached",
                "Lower it, or raise upgradeRate.");
    }

    /// <summary>So many a second; null when none is set, and when it cannot be read, which is a fault.</summary>
    internal static double? RateAt(RuleContext context, RateSettings? rate, string path)
    {
        if (rate is null || !context.IsSound($"{path}.rate"))
            return null;
        if (RateText.TryParse(rate.Rate, out var count, out var per))
            return count / per.TotalSeconds;
        context.Fault($"{path}.rate", "is no rate", "Write a whole number from 1 to 1000000 and a unit of time: 20/s, 600/m or 1000/h.");
        return null;
    }

    /// <summary>The limit of a route that the gateway's own never lets it reach: no harm, but hardly what was meant.</summary>
    private static void NoticeUnreached(RuleContext context, LimitSettings route, string path)
    {
        var gateway = context.Settings.Limits;
        (string Name, int? OfRoute, int? OfGateway)[] pairs =
        [
            ("connections", route.Connections, gateway.Connections),
            ("connectionsPerUser", route.ConnectionsPerUser, gateway.ConnectionsPerUser),
            ("connectionsPerAddress", route.ConnectionsPerAddress, gateway.ConnectionsPerAddress),
        ];
        foreach (var (name, _, most) in pairs.Where(p => p.OfRoute > p.OfGateway))
            context.Notice($"{path}.{name}", $"but limits.{name} lets in only {most}");
    }
}
