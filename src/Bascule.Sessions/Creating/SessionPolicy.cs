using System.Text;

namespace Bascule.Sessions;

/// <summary>A request that may be carried out: what it asks for, made whole by its profile.</summary>
public sealed record SessionDraft(SessionProfile Profile, IReadOnlyList<string> Command, bool Tty, IReadOnlyDictionary<string, string> Environment, string Name);

/// <summary>A draft, or why the request is refused.</summary>
public readonly record struct PolicyAnswer(SessionDraft? Draft, CreateRefusal? Refusal);

/// <summary>Who may do what. Functions of their arguments alone.</summary>
public static class SessionPolicy
{
    public const int MaxLineLength = 16_384;

    public const int MaxWords = 256;

    /// <summary>Bytes of all words together, each with its zero: well below the 128 KiB that Linux takes for a single one.</summary>
    public const int MaxCommandBytes = 65_536;

    public const int MaxNameLength = 100;

    /// <summary>Columns or rows; the host then makes it what a terminal may have.</summary>
    public const int MaxSide = 1_000;

    public const int MaxVariables = 32;

    public const int MaxVariableLength = 4_096;

    /// <summary>What a caller may set in any profile: it only says how his terminal looks.</summary>
    private static readonly string[] TerminalVariables = ["TERM", "COLORTERM", "LANG", "LANGUAGE", "TZ"];

    /// <summary>Whether a caller may see, attach to and delete a session. One without an owner is of all callers without a name.</summary>
    public static bool MayUse(SessionRecord record, SessionCaller caller) =>
        caller.IsOperator || (record.Owner == caller.User && record.Tenant == caller.Tenant);

    /// <summary>The sessions that a caller sees in a list.</summary>
    public static SessionFilter Visible(SessionCaller caller, SessionState? state) =>
        caller.IsOperator ? new SessionFilter(State: state) : new SessionFilter(caller.User ?? "", caller.Tenant ?? "", state);

    /// <summary>The profiles that a caller may use, by name.</summary>
    public static IReadOnlyList<SessionProfile> Offered(SessionRules rules, SessionCaller caller) =>
        [.. rules.Profiles.Values.Where(profile => HasRole(profile, caller)).OrderBy(profile => profile.Name, StringComparer.Ordinal)];

    /// <summary>Whether a request may be carried out, and as what. Quota and rate are not looked at.</summary>
    public static PolicyAnswer Decide(SessionRules rules, SessionCaller caller, SessionRequest request)
    {
        if (!rules.Profiles.TryGetValue(request.Profile, out var profile))
            return Refuse(CreateFault.ProfileUnknown, $"There is no profile of this name. {OfferedText(rules, caller)}");
        if (!HasRole(profile, caller))
            return Refuse(CreateFault.RoleMissing, $"The profile {profile.Name} is for other roles: {string.Join(", ", profile.Roles)}.");
        if (FaultOfName(request.Name) is { } wrongName)
            return Refuse(CreateFault.Malformed, wrongName);
        if (request.Columns is < 1 or > MaxSide || request.Rows is < 1 or > MaxSide)
            return Refuse(CreateFault.Malformed, $"A terminal of {request.Columns} columns and {request.Rows} rows: 1 to {MaxSide} are taken.");
        if (OwnCommand(request, out var own) is { } wrongCommand)
            return Refuse(CreateFault.Malformed, wrongCommand);
        if (own.Count == 0 && profile.Command.Count == 0)
            return Refuse(CreateFault.CommandMissing, $"The profile {profile.Name} has no command of its own: give one.");
        if (own.Count > 0 && !IsAllowed(profile, own))
            return Refuse(CreateFault.CommandNotAllowed, NotAllowed(profile));
        // A terminal lets more be done than the words of the command: pagers and editors have an escape to a shell.
        if (request.Tty == true && !profile.Tty && !profile.Allow.Contains("*", StringComparer.Ordinal))
            return Refuse(CreateFault.CommandNotAllowed, $"The profile {profile.Name} gives no terminal: ask without it.");
        if (RefusalOfEnvironment(profile, request.Environment) is { } refusal)
            return new PolicyAnswer(null, refusal);

        IReadOnlyList<string> command = own.Count > 0 ? [.. profile.Prefix, .. own] : profile.Command;
        var environment = new Dictionary<string, string>(profile.Environment, StringComparer.Ordinal);
        foreach (var (name, value) in request.Environment ?? profile.Environment)
            environment[name] = value;
        return new PolicyAnswer(new SessionDraft(profile, command, request.Tty ?? profile.Tty, environment, request.Name ?? ""), null);
    }

    private static PolicyAnswer Refuse(CreateFault fault, string text) => new(null, new CreateRefusal(fault, text));

    private static bool HasRole(SessionProfile profile, SessionCaller caller) =>
        profile.Roles.Count == 0 || caller.IsOperator || caller.Roles.Any(role => profile.Roles.Contains(role, StringComparer.Ordinal));

    // Only what he may use: the names of the others are none of his business.
    private static string OfferedText(SessionRules rules, SessionCaller caller)
    {
        string[] names = [.. Offered(rules, caller).Select(profile => profile.Name)];
        return names.Length == 0 ? "None is open to you." : $"Open to you: {string.Join(", ", names)}.";
    }

    private static string? OwnCommand(SessionRequest request, out IReadOnlyList<string> words)
    {
        words = request.Command ?? [];
        if (request.Command is not null && request.CommandText is not null)
            return "The order has both `command` and `commandText`: send the words, or the line.";
        if (request.Command is null && request.CommandText is { } line)
        {
            if (line.Length > MaxLineLength)
                return $"The command has {line.Length} characters; at most {MaxLineLength} are taken.";
            if (!CommandLine.TrySplit(line, out words, out var fault))
                return $"The command cannot be split into words. {fault}";
        }

        if (words.Any(word => word is null))
            return "A word of the command is null.";
        if (words.Count > MaxWords)
            return $"The command has {words.Count} words; at most {MaxWords} are taken.";
        if (words.Sum(word => (long)Encoding.UTF8.GetByteCount(word) + 1) > MaxCommandBytes)
            return $"The command is longer than {MaxCommandBytes} bytes.";
        if (words.Count > 0 && words[0].Length == 0)
            return "The first word of the command, the program, is empty.";
        return words.Any(HasUnfit) ? "The command has a control character (other than tab and line end) or half a character." : null;
    }

    private static string? FaultOfName(string? name) =>
        name is null ? null
        : name.Length > MaxNameLength ? $"The name has {name.Length} characters; at most {MaxNameLength} are taken."
        : name.Any(char.IsControl) || HasUnfit(name) ? "The name has a control character or half a character."
        : null;

    private static bool IsAllowed(SessionProfile profile, IReadOnlyList<string> command) =>
        profile.Allow.Any(entry => entry == "*" || BeginsWith(command, entry.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    private static bool BeginsWith(IReadOnlyList<string> command, string[] words) =>
        words.Length > 0 && words.Length <= command.Count && words.SequenceEqual(command.Take(words.Length), StringComparer.Ordinal);

    private static string NotAllowed(SessionProfile profile) =>
        profile.Allow.Count == 0
            ? $"The profile {profile.Name} runs its own command only: give none."
            : $"The profile {profile.Name} does not allow this command. It may begin with: {string.Join(", ", profile.Allow)}.";

    private static CreateRefusal? RefusalOfEnvironment(SessionProfile profile, IReadOnlyDictionary<string, string>? environment)
    {
        if (environment is null)
            return null;
        if (environment.Count > MaxVariables)
            return new CreateRefusal(CreateFault.Malformed, $"There are {environment.Count} variables; at most {MaxVariables} are taken.");
        foreach (var (name, value) in environment)
        {
            if (!IsVariable(name))
                return new CreateRefusal(CreateFault.Malformed, "The name of a variable is not made of letters, digits and underscores, or begins with a digit.");
            if (value is null || name.Length + value.Length > MaxVariableLength || HasUnfit(value))
                return new CreateRefusal(CreateFault.Malformed, $"The value of {name} is missing, longer than {MaxVariableLength} characters, or has a control character.");
            if (!MaySet(profile, name, value))
                return new CreateRefusal(CreateFault.EnvironmentNotAllowed, $"The profile {profile.Name} does not let you set {name}.");
        }

        return null;
    }

    // Who may run anything may set anything. Others could make an allowed program do something else, by LD_PRELOAD or by a path in a locale.
    private static bool MaySet(SessionProfile profile, string name, string value)
    {
        if (name.StartsWith("BASCULE_", StringComparison.Ordinal) || profile.Environment.ContainsKey(name))
            return false;
        if (profile.Allow.Contains("*", StringComparer.Ordinal))
            return true;
        return (TerminalVariables.Contains(name, StringComparer.Ordinal) || name.StartsWith("LC_", StringComparison.Ordinal))
            && !value.StartsWith('/') && !value.StartsWith(':') && !value.Contains("..", StringComparison.Ordinal);
    }

    private static bool IsVariable(string name) => name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    // What no argument can hold (NUL), what would act on the terminal of who reads a list of sessions, and what cannot be written as UTF-8.
    private static bool HasUnfit(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsControl(text[i]) && text[i] is not ('\t' or '\n' or '\r'))
                return true;
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                i++;
            else if (char.IsSurrogate(text[i]))
                return true;
        }

        return false;
    }
}
