namespace Bascule.Settings;

/// <summary>Tokens of the admin API: each with a name of its own, each hard to guess, no two the same.</summary>
internal static class AdminTokenRules
{
    internal static void Check(RuleContext context)
    {
        var listen = context.Settings.Listen;
        Dictionary<string, string> holders = new(StringComparer.Ordinal);
        if (listen.AdminToken is { } single)
            holders[single] = "listen.adminToken";
        for (var i = 0; i < listen.AdminTokens.Count; i++)
        {
            var path = $"listen.adminTokens.{i}";
            CheckName(context, i, path);
            CheckToken(context, listen.AdminTokens[i].Token, $"{path}.token", holders);
        }
    }

    private static void CheckName(RuleContext context, int index, string path)
    {
        var tokens = context.Settings.Listen.AdminTokens;
        var name = tokens[index].Name;
        var first = Enumerable.Range(0, index).FirstOrDefault(i => tokens[i].Name == name, -1);
        if (!RouteName.IsValid(name))
            context.Fault($"{path}.name", "is no name for the audit log", RouteName.Rule);
        else if (first >= 0)
            context.Fault($"{path}.name", $"is the name of listen.adminTokens.{first} too, so that the audit log could not tell them apart",
                "Give each token a name of its own.");
    }

    private static void CheckToken(RuleContext context, string value, string path, Dictionary<string, string> holders)
    {
        if (context.SecretAt(path, value) is not { } token)
            return;
        if (SharedSecret.Fault(token) is var (problem, remedy))
            context.Fault(path, problem, remedy);
        else if (!holders.TryAdd(token, path))
            context.Fault(path, $"is the same as {holders[token]}, so that nobody could tell who acted", $"Make a token for each: {SharedSecret.Recipe}.");
    }
}
