using System.Collections;

namespace Bascule.Terminal;

/// <summary>The environment of a terminal's processes: by allow-list, so that no secret of the host is in it.</summary>
public static class ChildEnvironment
{
    /// <summary>Holds the id of the session.</summary>
    public const string SessionMark = "BASCULE_SESSION_ID";

    /// <summary>Holds the mark of the host: <see cref="PtyReactor.HostMark"/>.</summary>
    public const string HostMark = "BASCULE_SESSION_HOST";

    /// <summary>As Debian's login gives it, for a host that has none itself.</summary>
    private const string StandardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>What browsers' terminals and nearly all others understand.</summary>
    private const string StandardTerminal = "xterm-256color";

    private static readonly string[] Allowed = ["TERM", "LANG", "TZ", "HOME", "USER", "PATH", "SHELL"];

    /// <summary>The host's own as far as allowed, then what the order gives, then the marks, which nobody may change.</summary>
    /// <remarks>With a terminal TERM is not the host's: the user's terminal is in his browser, not where the host was started.</remarks>
    /// <exception cref="TerminalStartException">A name or a value cannot be in an environment.</exception>
    internal static SortedDictionary<string, string> Build(TerminalOrder order, string hostMark, IDictionary own)
    {
        var child = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = StandardPath };
        foreach (DictionaryEntry variable in own)
            if (variable is { Key: string name, Value: string value } && (Allowed.Contains(name, StringComparer.Ordinal) || name.StartsWith("LC_", StringComparison.Ordinal)))
                child[name] = value;
        if (order.Tty)
            child["TERM"] = StandardTerminal;
        foreach (var (name, value) in order.Environment)
        {
            if (name.Length == 0 || name.Contains('=') || name.Contains('\0') || value.Contains('\0'))
                throw new TerminalStartException(StartFault.BadOrder, $"The variable `{name}` cannot be in an environment: its name is empty or has `=`, or there is a zero byte.");
            child[name] = value;
        }

        child[SessionMark] = order.Id;
        child[HostMark] = hostMark;
        return child;
    }
}
