using System.Globalization;
using System.Net.WebSockets;
using Bascule.Settings;

namespace Bascule.Cli;

/// <summary>How one connection to a session ended.</summary>
/// <param name="Words">What happened, for a person.</param>
/// <param name="IsFinal">There is no use in another try.</param>
/// <param name="ExitCode">Of the command, when it is final.</param>
internal sealed record TermClosing(string Words, bool IsFinal, int ExitCode)
{
    /// <summary>To stay away at least.</summary>
    internal TimeSpan After { get; init; }

    /// <summary>The server is well and asks for another connection.</summary>
    internal bool IsAtOnce { get; init; }

    internal static TermClosing Lost(string words) => new(words, IsFinal: false, ExitCodes.Unreachable);

    /// <summary>From a close frame: <c>label; retry=…; attempt=…</c>, or what others write.</summary>
    internal static TermClosing Of(WebSocketCloseStatus? status, string reason)
    {
        var code = (int?)status ?? 1005;
        var parts = reason.Split(';', StringSplitOptions.TrimEntries);
        var retry = Value(parts, "retry=");
        var attempt = Value(parts, "attempt=");
        var words = string.Create(
            CultureInfo.InvariantCulture, $"The server ended it: {code}{(parts[0].Length > 0 ? $" {parts[0]}" : "")}.{Meaning(parts[0])}{(attempt is null ? "" : $" Why: bascule explain {attempt}")}");
        if (retry == "never" || code == 1000 || (retry is null && code is 1002 or 1003 or (>= 1007 and <= 1010) or (>= 4400 and < 4500 and not 4408 and not 4429)))
            return new TermClosing(words, IsFinal: true, ExitCodes.FoundFault);
        var closing = Lost(words) with { IsAtOnce = retry == "now" };
        return retry?.StartsWith("after:", StringComparison.Ordinal) == true && DurationText.TryParse(retry[6..], out var after) ? closing with { After = after } : closing;
    }

    private static string? Value(string[] parts, string name) => parts.FirstOrDefault(p => p.StartsWith(name, StringComparison.Ordinal))?[name.Length..];

    private static string Meaning(string label) => label switch
    {
        "session_not_found" => " There is no such session; `bascule session list` shows those that there are.",
        "session_over" => " The session is over, and its output is no longer kept.",
        "replaced" => " The same client has connected elsewhere.",
        "token_missing" or "not_authenticated" => " This session needs a token: --token TOKEN, or BASCULE_TOKEN.",
        "too_many_viewers" => " Too many look at this session already.",
        _ => "",
    };
}
