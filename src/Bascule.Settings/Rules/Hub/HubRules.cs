namespace Bascule.Settings;

/// <summary>The hub: rules of topics, and what routes let clients read and publish.</summary>
internal static class HubRules
{
    internal static void Check(RuleContext context)
    {
        var hub = context.Settings.Hub;
        ShardRules.Check(context, hub);
        ElsewhereRules.Check(context, hub);
        SourceRules.Check(context, hub);
        PoolRules.CheckQueue(context, hub.Queue, "hub.queue");
        foreach (var (name, topic) in hub.Topics)
            CheckTopic(context, name, topic);
        var routes = context.Settings.Routes;
        for (var i = 0; i < routes.Count; i++)
        {
            CheckNames(context, routes[i].Topics, $"routes.{i}.topics");
            CheckNames(context, routes[i].Publish, $"routes.{i}.publish");
            NoticeUnfed(context, routes[i].Topics, $"routes.{i}.topics");
        }
    }

    /// <summary>For lists of names and patterns.</summary>
    internal static void CheckNames(RuleContext context, IReadOnlyList<string> names, string path)
    {
        foreach (var name in names)
        {
            if (TopicText.PatternFault(name) is { } fault)
                context.Fault(path, $"holds \"{NodeText.WithoutUser(name)}\", which {fault}", TopicText.PatternRule);
        }
    }

    private static void CheckTopic(RuleContext context, string name, TopicSettings topic)
    {
        var path = $"hub.topics.{name}";
        if (TopicText.PatternFault(name) is { } fault)
            context.Fault(path, $"has a name that {fault}", TopicText.PatternRule);
        var most = context.Settings.Hub.History.Age;
        if (topic.HistoryAge > most && context.IsSound("hub.history.age"))
            context.Fault($"{path}.historyAge", $"is longer than hub.history.age ({DurationText.Format(most)}), which forgets messages of all topics",
                $"Set it to {DurationText.Format(most)} or less, or raise hub.history.age.");
    }

    private static void NoticeUnfed(RuleContext context, IReadOnlyList<string> topics, string path)
    {
        if (!context.IsSound("hub"))
            return;
        var feeds = Feeds(context.Settings).ToArray();
        var unfed = topics.Where(t => TopicText.PatternFault(t) is null && !feeds.Any(f => TopicText.Meet(f, t))).Distinct().ToArray();
        if (unfed.Length > 0)
            context.Notice(path, $"but nothing feeds {string.Join(", ", unfed)}: neither hub.kafka, nor hub.redis, nor publish of a route");
    }

    /// <summary>The topics and patterns that messages can come to.</summary>
    private static IEnumerable<string> Feeds(BasculeSettings settings) =>
    [
        .. (settings.Hub.Kafka?.Topics ?? []).Select(SourceRules.Target),
        .. settings.Hub.Redis?.Channels ?? [],
        .. settings.Hub.Redis?.Streams ?? [],
        .. settings.Routes.SelectMany(r => r.Publish),
    ];
}
