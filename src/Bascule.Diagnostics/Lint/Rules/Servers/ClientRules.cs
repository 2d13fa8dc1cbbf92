using System.Text.RegularExpressions;

namespace Bascule.Diagnostics;

/// <summary>Rules about clients in JavaScript.</summary>
internal static class ClientRules
{
    private static readonly Regex Constant = SourceText.Pattern(@"setTimeout\(\s*(\(\)\s*=>\s*)?(this\.)?(re)?connect\w*(\(\))?\s*,\s*(?<ms>[0-9_]+)\s*\)");
    private static readonly Regex Immediate = SourceText.Pattern(@"onclose\s*=\s*(\([^)]*\)\s*=>\s*\{?\s*|function\s*\([^)]*\)\s*\{\s*)?(this\.)?(re)?connect\w*(\(\))?\s*;?\s*\}?\s*(;|\n|$)");
    private static readonly Regex Opening = SourceText.Pattern(@"new WebSocket\(");
    private static readonly Regex Function = SourceText.Pattern(@"(\bfunction\s+(?<name>\w+)\s*\(|\b(const|let|var)\s+(?<name>\w+)\s*=\s*(async\s*)?(function\b|\([^()]*\)\s*=>|\w+\s*=>)|\n\s*(async\s+)?(?<name>\w+)\s*\([^()]*\)\s*\{)");
    private static readonly Regex AtClose = SourceText.Pattern(@"(\bonclose\s*=|[""']close[""']\s*,)");
    private static readonly Regex Word = SourceText.Pattern(@"\w+");
    private static readonly Regex PageTimer = SourceText.Pattern(@"setInterval\(\s*\(\)\s*=>\s*\{?\s*(ws|socket|this\.ws|this\.socket)\.send\([^;]{0,80}?,\s*(?<ms>[0-9_]+)\s*\)");
    private static readonly Regex FixedScheme = SourceText.Pattern(@"new WebSocket\(\s*[`""']ws://(?<host>[^`""'/:$]+)");

    internal static readonly IReadOnlyList<LintRule> All =
    [
        new("CLIENT-NO-RECONNECT", Severity.Warning, Breaks.Connection, "JavaScript: pages that open WebSockets")
        {
            Why = "Every platform ends connections sometimes: at deployments, by age, by silence.",
            Symptom = "The page stands still until somebody loads it again.",
            Fix = "Come back with a growing, random wait, and resume.",
            Facts = ["cf-restarts", "render-support"],
            Check = d => SourceRules.In(d, "js", SourceSigns.BrowserClient, f => !Reconnects(f) && !f.Path.Contains("test", StringComparison.OrdinalIgnoreCase) && !SourceSigns.NodeServer.IsMatch(f.Text)).Where(p => p.Line.Contains("new WebSocket(", StringComparison.Ordinal))
                .Select(p => new LintHit(p.Place, "a WebSocket is opened, and nothing opens it again")),
            Fires = new LintExample(("page.js", "const ws = new WebSocket(url);\nws.onclose = () => console.log('bye');\n")),
            Silent = new LintExample(("page.js", "const ws = new WebSocket(url);\nws.onclose = () => setTimeout(connect, Math.random() * Math.min(30000, 500 * 2 ** n++));\n")),
        },
        new("CLIENT-RECONNECT-NO-JITTER", Severity.Warning, Breaks.Load, "JavaScript: how pages come back")
        {
            Why = "After an outage all clients come back at the same moment, and fail together again.",
            Symptom = "After a restart handshakes fail for minutes, in waves; rate limits refuse everybody.",
            Fix = "Wait a random part of a growing limit: Math.random() * Math.min(30000, 500 * 2 ** n).",
            Facts = ["reconnect-storm"],
            IsWrongFix = true,
            Check = d => SourceRules.In(d, "js", Constant, f => SourceSigns.BrowserClient.IsMatch(f.Text)).Concat(SourceRules.In(d, "js", Immediate, f => SourceSigns.BrowserClient.IsMatch(f.Text)))
                .Select(p => new LintHit(p.Place, "clients come back after the same wait, or at once")),
            Fires = new LintExample(("page.js", "function connect() {\n  const ws = new WebSocket(url);\n  ws.onclose = () => setTimeout(connect, 1000);\n}\n")),
            Silent = new LintExample(("page.js", "function connect() {\n  const ws = new WebSocket(url);\n  ws.onclose = () => setTimeout(connect, Math.random() * cap);\n}\n")),
        },
        new("CLIENT-HEARTBEAT-TIMER", Severity.Warning, Breaks.Connection, "JavaScript: heartbeats of pages, where the server has none")
        {
            Why = "Browsers run the timers of a hidden tab once a minute, and phones stop them.",
            Symptom = "Connections of hidden tabs end after 60 s.",
            Fix = "Ping from the server.",
            Facts = ["browser-timer-throttle"],
            IsWrongFix = true,
            Check = d => SourceRules.In(d, "js", PageTimer, f => !SourceSigns.NodeServer.IsMatch(f.Text) && !d.Heartbeats.Any(h => h.IsServer)).Select(p => new LintHit(p.Place, "the page alone keeps the connection alive")),
            Fires = new LintExample(("page.js", "const ws = new WebSocket(url);\nsetInterval(() => ws.send('ping'), 30000);\n")),
            Silent = new LintExample(("page.js", "const ws = new WebSocket(url);\nsetInterval(() => ws.send('ping'), 30000);\n"), Samples.Pinging),
        },
        new("CLIENT-FIXED-WS-SCHEME", Severity.Error, Breaks.Handshake, "JavaScript: ws:// in sources of pages")
        {
            Why = "A page that came by https may not open ws://; that TLS ends at the balancer changes nothing for the browser.",
            Symptom = "The browser refuses before it sends anything: mixed content, a SecurityError.",
            Fix = "Use wss://, or derive the scheme from location.protocol.",
            Facts = ["browser-mixed-content"],
            IsWrongFix = true,
            Check = d => from hit in d.Sources.Where(f => SourceText.Language(f.Path) is "js" or "html").Select(f => (File: f, Match: FixedScheme.Match(f.Text)))
                         where hit.Match.Success && hit.Match.Groups["host"].Value is var host && host.Contains('.') && host is not "127.0.0.1" && !host.EndsWith(".local", StringComparison.Ordinal) && !SourceText.IsComment(hit.File.Text, hit.Match.Index) && !hit.File.Path.Contains("test", StringComparison.OrdinalIgnoreCase)
                         select new LintHit(hit.File.PlaceOf(hit.Match.Index), $"ws://{hit.Match.Groups["host"].Value} is written into a page") { Edit = LineEdit.Replace(hit.File.PlaceOf(hit.Match.Index), "ws://", "wss://"), Severity = Severity.Warning },
            Fires = new LintExample(("page.js", "const ws = new WebSocket('ws://api.example.com/ws');\n")),
            Silent = new LintExample(("page.js", "const ws = new WebSocket('wss://api.example.com/ws');\n")),
        },
        new("CLIENT-NO-RESUME", Severity.Info, Breaks.Connection, "JavaScript: pages for phones")
        {
            Why = "A page that was suspended comes back with a connection that looks open and is dead.",
            Symptom = "After the phone was locked, nothing arrives until the page is loaded again.",
            Fix = "Probe the connection on visibilitychange and pageshow.",
            Facts = ["ios-background"],
            Check = d => SourceRules.In(d, "js", SourceSigns.BrowserClient, f => Reconnects(f) && !d.Once(ComesBackFromPause) && !f.Path.Contains("test", StringComparison.OrdinalIgnoreCase) && !SourceSigns.NodeServer.IsMatch(f.Text))
                .Select(p => new LintHit(p.Place, "the page comes back after a close, but not after a pause")),
            Fires = new LintExample(("page.js", "const ws = new WebSocket(u);\nws.onclose = () => reconnect(Math.random());\n")),
            Silent = new LintExample(("page.js", "const ws = new WebSocket(u);\nws.onclose = () => reconnect(Math.random());\naddEventListener('pageshow', check); document.addEventListener('visibilitychange', check); // websocket\n")),
        },
    ];

    private static bool ComesBackFromPause(Deployment deployment) =>
        deployment.Sources.Any(s => s.Text.Contains("visibilitychange", StringComparison.Ordinal) || s.Text.Contains("pageshow", StringComparison.Ordinal));

    /// <summary>A handler of the close that calls the function which opens the WebSocket, or hands it on.</summary>
    private static bool OpensAgain(string text)
    {
        var openers = Opening.Matches(text).Select(open => Function.Matches(text).LastOrDefault(f => f.Index < open.Index)?.Groups["name"].Value).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return openers.Count > 0 && AtClose.Matches(text).Any(close => Word.Matches(HandlerAfter(text, close.Index + close.Length)).Any(word => openers.Contains(word.Value)));
    }

    /// <summary>Three lines are enough for what is no more than a call, and its condition.</summary>
    private static string HandlerAfter(string text, int at) => string.Join('\n', text[at..Math.Min(text.Length, at + 400)].Split('\n').Take(3));

    private static bool Reconnects(LintFile file) =>
        OpensAgain(file.Text) || file.Text.Contains("reconnect", StringComparison.OrdinalIgnoreCase) || (file.Text.Contains("onclose", StringComparison.Ordinal) || file.Text.Contains("\"close\"", StringComparison.Ordinal) || file.Text.Contains("'close'", StringComparison.Ordinal)) && file.Text.Contains("connect", StringComparison.Ordinal) && file.Text.Contains("setTimeout", StringComparison.Ordinal);
}
