namespace Bascule.Settings;

/// <summary>Shards on other machines: they can be reached, both sides have the secret, and every topic comes from where all of them read.</summary>
internal static class ElsewhereRules
{
    private const string Nodes = "hub.elsewhere";
    private const string SecretFile = "hub.secretFile";

    // As for tokens signed with HS256 (RFC 7518 §3.2).
    private const int LeastCharacters = 32;

    internal static void Check(RuleContext context, HubSettings hub)
    {
        CheckSecret(context, hub);
        CheckRoutes(context, hub);
        if (hub.Elsewhere.Count == 0)
            return;
        NodeRules.Check(context, hub.Elsewhere, Nodes);
        if (hub.Mode == HubMode.Single && context.IsSound("hub.mode"))
            context.Fault(Nodes, $"names shards, but hub.mode is single ({context.OriginOf("hub.mode")}), so that this process serves all topics itself",
                "Set hub.mode to multi (environment: WS_MODE), or remove hub.elsewhere.");
        if (!context.IsSound("hub.kafka") || !context.IsSound("hub.redis"))
            return;
        var (read, taken) = (Read(hub).ToList(), Taken(hub).ToList());
        var routes = context.Settings.Routes;
        for (var i = 0; i < routes.Count; i++)
        {
            CheckFed(context, routes[i].Topics, read, $"routes.{i}.topics", "come from neither hub.kafka nor hub.redis, and shards on other machines get messages from nowhere else",
                "Add a source for them here and in the settings of those shards, or remove hub.elsewhere.");
            CheckFed(context, routes[i].Publish, taken, $"routes.{i}.publish", "go to no Kafka topic of hub.kafka with publish, so that clients of shards on other machines would never get them",
                "Set publish of the Kafka topic, remove them here, or remove hub.elsewhere.");
        }
    }

    private static void CheckSecret(RuleContext context, HubSettings hub)
    {
        var user = hub.Elsewhere.Count > 0 ? Nodes : context.Settings.Routes.ToList().FindIndex(r => r.Auth == AuthPolicy.Gateway) is >= 0 and var index ? $"routes.{index}.auth" : null;
        if (hub.SecretFile is not { } file)
        {
            if (user is not null)
                context.Missing(SecretFile, $"is missing, and {user} ({context.OriginOf(user)}) needs it: gateway and shard know each other by it",
                    "Write the same secret to a file on each of these machines (openssl rand -base64 48), and give its path.");
            return;
        }

        if (!SecretText.TryReadFile(file, context.BaseDirectory, out var secret, out var problem))
            context.Fault(SecretFile, problem, SecretText.FileRemedy);
        else if (secret.Length < LeastCharacters)
            context.Fault(SecretFile, $"names a file with {secret.Length} characters; with fewer than {LeastCharacters} the secret can be guessed", "Make one: openssl rand -base64 48.");
        else if (user is null)
            context.Notice(SecretFile, "but nothing needs it: there is neither hub.elsewhere, nor a route with auth gateway");
    }

    private static void CheckRoutes(RuleContext context, HubSettings hub)
    {
        var routes = context.Settings.Routes;
        for (var i = 0; i < routes.Count; i++)
        {
            if (routes[i].Auth != AuthPolicy.Gateway)
                continue;
            if (routes[i].Pool.Length > 0)
                context.Fault($"routes.{i}.auth", $"is gateway, but the route leads to a pool ({context.OriginOf($"routes.{i}.pool")}); gateways bring clients to topics alone",
                    "Give it topics instead of pool, or write required, optional or none.");
            else if (hub.Elsewhere.Count > 0)
                context.Fault($"routes.{i}.auth", $"is gateway, but this gateway brings clients to other machines itself ({context.OriginOf(Nodes)}), and a client is brought once",
                    "Let a gateway be a shard of others, or have shards elsewhere, not both.");
        }
    }

    private static void CheckFed(RuleContext context, IReadOnlyList<string> topics, IReadOnlyList<string> feeds, string path, string problem, string remedy)
    {
        var unfed = topics.Where(t => TopicText.PatternFault(t) is null && !feeds.Any(f => TopicText.Meet(f, t))).Distinct().ToArray();
        if (unfed.Length > 0)
            context.Fault(path, $"holds {string.Join(", ", unfed)}, which {problem}", remedy);
    }

    private static IEnumerable<string> Read(HubSettings hub) =>
        [.. (hub.Kafka?.Topics ?? []).Select(SourceRules.Target), .. hub.Redis?.Channels ?? [], .. hub.Redis?.Streams ?? []];

    private static IEnumerable<string> Taken(HubSettings hub) => (hub.Kafka?.Topics ?? []).Where(topic => topic.Publish).Select(SourceRules.Target);
}
