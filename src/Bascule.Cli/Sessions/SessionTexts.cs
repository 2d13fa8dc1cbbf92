using System.Globalization;
using Bascule.Gateway;
using Bascule.Terminal;

namespace Bascule.Cli;

/// <summary>Sessions in words, and as exit codes.</summary>
internal static class SessionTexts
{
    /// <summary>As timeout(1) has it.</summary>
    internal const int TimedOut = 124;

    /// <summary>As shells have it.</summary>
    internal const int NotFound = 127;

    /// <summary>As shells have it: there, and not to be started.</summary>
    internal const int NotStarted = 126;

    internal static string End(SessionEndDocument? end) => end switch
    {
        null => "",
        { ExitCode: { } code } => string.Create(CultureInfo.InvariantCulture, $"{end.Label} {code}"),
        { Signal: { } signal } => $"{end.Label} {signal}",
        _ => end.Label,
    };

    /// <summary>As a shell would take it.</summary>
    internal static string Command(IEnumerable<string> words) => string.Join(' ', words.Select(Quoted));

    /// <summary>What a shell would say of the same command.</summary>
    internal static int ExitCode(string cause, int? code, string? signal) => (cause, code, signal) switch
    {
        ("exited", { } known, _) => known,
        ("signalled", _, { } name) when SignalNames.NumberOf(name) is > 0 and var number => 128 + number,
        ("out_of_memory", _, _) => 128 + SignalNames.NumberOf("SIGKILL"),
        ("deadline", _, _) => TimedOut,
        ("command_not_found", _, _) => NotFound,
        ("start_failed", _, _) => NotStarted,
        _ => ExitCodes.FoundFault,
    };

    /// <summary>What a person should be told of an end that is not the command's own; null: nothing.</summary>
    internal static string? Remark(ExitFrame exit) => exit.Cause switch
    {
        "exited" => null,
        "signalled" => $"The command was ended by {exit.Signal}.",
        var cause => Sessions.SessionEndings.Of(cause) is var ending && ending.Label == cause ? ending.Advice : $"The session ended: {cause.Replace('_', ' ')}.",
    };

    private static string Quoted(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "-_./:=,@%+".Contains(c)) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
