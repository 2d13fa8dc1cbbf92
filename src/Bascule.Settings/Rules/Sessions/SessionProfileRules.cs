namespace Bascule.Settings;

/// <summary>What can be started: it has a program, and nobody gets more than was meant.</summary>
internal static class SessionProfileRules
{
    internal static void Check(RuleContext context, SessionSettings sessions)
    {
        if (sessions is { Enabled: true, Profiles.Count: 0 } && context.IsReadable("sessions.profiles"))
            context.Missing("sessions.profiles", "is missing or empty, so that no session could be created", "Add one: \"profiles\": { \"shell\": { \"command\": [\"bash\", \"-l\"] } }.");
        foreach (var (name, profile) in sessions.Profiles)
        {
            var path = $"sessions.profiles.{name}";
            if (!RouteName.IsValid(name))
                context.Fault(path, "has a name that cannot stand in addresses and metrics", RouteName.Rule);
            CheckCommand(context, profile, path);
            CheckEnvironment(context, profile, path);
            if (profile.Roles.Count > 0 && sessions.Auth == AuthPolicy.None)
                context.Fault($"{path}.roles", $"asks for roles, but sessions.auth is none ({context.OriginOf("sessions.auth")}), so that nobody has any", "Set sessions.auth to required, or remove roles.");
            if (profile is { Tty: true, Deadline: not null })
                context.Notice($"{path}.deadline", "but the profile has a terminal, and deadlines are for commands without one: maximumLife ends it");
            if (profile.Recording == SessionRecording.Input)
                context.Notice($"{path}.recording", "so that passwords which users type are in the recordings");
        }
    }

    private static void CheckCommand(RuleContext context, SessionProfileSettings profile, string path)
    {
        if (profile.Command.Count == 0 && profile.Allow.Count == 0)
            context.Fault(path, "has neither a command nor words that a caller's own may begin with, so that nothing could be started", "Add command, a list of words, or allow.");
        else if (profile.Command is ["", ..] || profile.Command.Any(word => word.Contains('\0')))
            context.Fault($"{path}.command", "names no program", "Write the program and its arguments as a list of words: [\"bash\", \"-l\"].");
        else if (profile.Command is [var only] && only.Contains(' ') && !only.Contains('/'))
            context.Fault($"{path}.command", "is one word with spaces in it; no shell reads it, so that no such program is found", "Write each word by itself: [\"bash\", \"-l\"].");
        if (profile.Allow.Any(string.IsNullOrWhiteSpace))
            context.Fault($"{path}.allow", "holds an entry without a word", "Write the first words of each command that is allowed, or * for all.");
        if (profile.Prefix.Count > 0 && profile.Allow.Count == 0)
            context.Notice($"{path}.prefix", "but allow is empty, so that no caller brings a command that it could stand before");
    }

    private static void CheckEnvironment(RuleContext context, SessionProfileSettings profile, string path)
    {
        foreach (var name in profile.Environment.Keys.Where(name => !IsName(name) || name.StartsWith("BASCULE_", StringComparison.Ordinal)))
            context.Fault($"{path}.environment", $"holds \"{name}\", which is no name for a variable of the session", "Use letters, digits and _, no digit first; names that begin with BASCULE_ are Bascule's own.");
    }

    private static bool IsName(string name) => name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
