using System.Text.RegularExpressions;

namespace Bascule.Diagnostics;

/// <summary>What rules ask of program text. The expressions cannot backtrack, so no text makes them slow.</summary>
internal static class SourceText
{
    private static readonly Regex TestPath = Pattern(@"(?i)(^|/)(tests?|__tests__|specs?|e2e|fixtures|mocks)/|[._](test|spec)\.[a-z]+$|_test\.go$|Tests?\.(cs|java|kt)$|(^|/)test_[^/]*\.py$|/[^/]*\.Tests/");
    private static readonly string[] Words = ["websocket", "ws://", "wss://", "socket.io", "signalr", "kubectl", "upgradehandler", "channels.", "channel_layers", "daphne", "actioncable", "applicationcable", "sockjs", "hocuspocus", "express-ws", "phoenix.endpoint", "'ws'", "\"ws\""];

    /// <summary>Sources without any of these words are not looked at further.</summary>
    internal static bool IsOfInterest(string text) => Words.Any(w => text.Contains(w, StringComparison.OrdinalIgnoreCase));

    internal static Regex Pattern(string expression) => new(expression, RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant);

    /// <summary>The language by the name: js, go, py, cs, java, rb, ex, swift, html.</summary>
    internal static string Language(string path) => System.IO.Path.GetExtension(path) switch
    {
        ".js" or ".mjs" or ".cjs" or ".jsx" or ".ts" or ".tsx" or ".vue" or ".svelte" => "js",
        ".kt" => "java",
        "" => "",
        var other => other[1..],
    };

    /// <summary>Whether a source is a test by its path.</summary>
    internal static bool IsTest(string path) => TestPath.IsMatch(path);

    /// <summary>Whether the match stands in a comment of its line.</summary>
    internal static bool IsComment(string text, int offset)
    {
        var start = text.LastIndexOf('\n', Math.Max(0, offset - 1)) + 1;
        var line = text.AsSpan(start, offset - start).TrimStart();
        return line.StartsWith("//", StringComparison.Ordinal) || line.StartsWith("#", StringComparison.Ordinal) || line.StartsWith("*", StringComparison.Ordinal);
    }
}
