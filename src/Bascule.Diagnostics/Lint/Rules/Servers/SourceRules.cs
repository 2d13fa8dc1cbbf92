using System.Text.RegularExpressions;

namespace Bascule.Diagnostics;

/// <summary>Rules about the sources of servers.</summary>
internal static class SourceRules
{
    private static readonly Regex Accepting = SourceText.Pattern(@"\.AcceptWebSocketAsync\(");
    private static readonly Regex AspNet = SourceText.Pattern(@"\b(WebApplication|IApplicationBuilder|ControllerBase)\b");
    private static readonly Regex OtherServer = SourceText.Pattern(@"createServer\(\s*(?<app>\w+)\s*\)");
    private static readonly Regex DroppedResponse = SourceText.Pattern(@"\w+\s*,\s*_\s*,\s*\w+\s*:?=\s*[\w.]*(Dialer|dialer|websocket)[\w.]*\.Dial(Context)?\(");
    private static readonly Regex AnyOrigin = SourceText.Pattern(@"(?s)CheckOrigin:?\s*=?\s*func\([^)]*\)\s*bool\s*\{\s*return true");
    private static readonly Regex Wrapped = SourceText.Pattern(@"http\.TimeoutHandler\(");
    private static readonly Regex Blocking = SourceText.Pattern(@"(?m)^\s+.*\b(time\.sleep\(|requests\.(get|post|put|delete)\(|subprocess\.(run|check_output|call)\()");
    private static readonly Regex AsyncSocket = SourceText.Pattern(@"(\.websocket\([^\n]*\)\s*\n\s*async def|async def \w+\([^)]*(websocket|ws)\b)");
    private static readonly Regex Header = SourceText.Pattern(@"(?s)(on\(\s*[""'](upgrade|connection)[""'].{0,300}?headers(\.authorization|\[[""'](authorization|x-[a-z-]+)[""']\]).{0,120}?(destroy|close|terminate|401|403))");
    private static readonly Regex TokenProtocol = SourceText.Pattern(@"new WebSocket\(\s*[^,()\n]+,\s*\[\s*(token|jwt|accessToken|authToken|idToken|this\.token)\s*\]");
    private static readonly Regex InPoll = SourceText.Pattern(@"(?s)(range \w+\.Messages\(\)\s*\{|eachMessage:\s*async|for (await )?\(?\s*(const|let|var)?\s*\w+ of consumer|for \w+ in consumer:).{0,300}?(\.WriteMessage\(|\.WriteJSON\(|await \w+\.send(_text|_json)?\()");
    private static readonly Regex WsServer = SourceText.Pattern(@"(new WebSocketServer\(|new WebSocket\.Server\()");

    internal static readonly IReadOnlyList<LintRule> All =
    [
        new("ASPNET-KEEPALIVE-DEFAULT", Severity.Warning, Breaks.Connection, "C#: UseWebSockets")
        {
            Why = "Without an interval keep-alive frames leave every 120 s, later than most idle limits; and without a timeout nobody notices a dead client.",
            Symptom = "Quiet connections end after 60 to 100 s behind most proxies.",
            Fix = "UseWebSockets(new() { KeepAliveInterval = TimeSpan.FromSeconds(20), KeepAliveTimeout = TimeSpan.FromSeconds(20) }).",
            Facts = ["aspnet-keepalive-2m", "aspnet-keepalive-is-pong"],
            Check = d => In(d, "cs", SourceSigns.UseWebSockets, f => !f.Text.Contains("KeepAliveInterval", StringComparison.Ordinal)).Select(p => new LintHit(p.Place, "UseWebSockets without a KeepAliveInterval")),
            Fires = new LintExample(("Program.cs", "app.UseWebSockets();\nawait context.WebSockets.AcceptWebSocketAsync();\n")),
            Silent = new LintExample(("Program.cs", "app.UseWebSockets(new() { KeepAliveInterval = TimeSpan.FromSeconds(20), KeepAliveTimeout = TimeSpan.FromSeconds(20) });\n")),
        },
        new("ASPNET-NO-USEWEBSOCKETS", Severity.Error, Breaks.Handshake, "C#: AcceptWebSocketAsync in an application of ASP.NET Core")
        {
            Why = "Without UseWebSockets no request is one for a WebSocket: IsWebSocketRequest is false, and AcceptWebSocketAsync throws.",
            Symptom = "Every handshake gets 400 or 500.",
            Fix = "Call app.UseWebSockets() before the endpoint.",
            Reference = "https://learn.microsoft.com/aspnet/core/fundamentals/websockets",
            Check = d => In(d, "cs", Accepting, f => !f.Text.Contains("HttpListener", StringComparison.Ordinal) && AspNet.IsMatch(f.Text) && !d.Sources.Any(s => SourceSigns.UseWebSockets.IsMatch(s.Text)))
                .Select(p => new LintHit(p.Place, "a WebSocket is accepted, and no source calls UseWebSockets")),
            Fires = new LintExample(("Program.cs", "var app = WebApplication.Create();\napp.Map(\"/ws\", async c => { using var ws = await c.WebSockets.AcceptWebSocketAsync(); });\n")),
            Silent = new LintExample(("Program.cs", "var app = WebApplication.Create();\napp.UseWebSockets(options);\napp.Map(\"/ws\", async c => { using var ws = await c.WebSockets.AcceptWebSocketAsync(); });\n")),
        },
        new("ASPNET-ORIGINS", Severity.Warning, Breaks.Nothing, "C#: UseWebSockets with cookies")
        {
            Why = "Browsers send cookies with a WebSocket from any page, and CORS does not apply: any site can open an authenticated connection.",
            Symptom = "None until somebody uses it.",
            Fix = "List the origins in AllowedOrigins.",
            Facts = ["aspnet-origins-all", "browser-cswsh"],
            Check = d => In(d, "cs", SourceSigns.UseWebSockets, f => !f.Text.Contains("AllowedOrigins", StringComparison.Ordinal) && d.Once(CookieFolders).Contains(f.Folder)).Select(p => new LintHit(p.Place, "cookies authenticate, and any origin may connect")),
            Fires = new LintExample(("Program.cs", "builder.Services.AddAuthentication().AddCookie();\napp.UseWebSockets(options); // websocket\n")),
            Silent = new LintExample(("Program.cs", "builder.Services.AddAuthentication().AddCookie();\noptions.AllowedOrigins.Add(\"https://app.example.com\");\napp.UseWebSockets(options); // websocket\n")),
        },
        new("NODE-WS-NO-HEARTBEAT", Severity.Warning, Breaks.Connection, "JavaScript: servers with the library ws")
        {
            Why = "The library ws sends no ping by itself.",
            Symptom = "Quiet connections are cut by the first hop that counts silence; half-dead clients stay for hours.",
            Fix = "Ping every 20 s, and terminate() who has not answered since.",
            Facts = ["node-ws-no-heartbeat"],
            Check = d => In(d, "js", WsServer, f => !d.Once(Pings))
                .Select(p => new LintHit(p.Place, "a server of the library ws that never pings")),
            Fires = new LintExample(Samples.Quiet),
            Silent = new LintExample(Samples.Pinging),
        },
        new("NODE-WRONG-SERVER", Severity.Error, Breaks.Handshake, "JavaScript: WebSocketServer on an HTTP server")
        {
            Why = "Express listens with a server of its own; the one with the upgrade listener never listens.",
            Symptom = "Every handshake gets 404 or 200, while plain requests work.",
            Fix = "Call server.listen(port) instead of app.listen(port).",
            Facts = ["node-http-no-upgrade-listener"],
            Check = d => from file in d.Sources
                         where SourceText.Language(file.Path) == "js" && (file.Text.Contains("WebSocketServer", StringComparison.Ordinal) || file.Text.Contains("WebSocket.Server", StringComparison.Ordinal))
                         let made = OtherServer.Match(file.Text)
                         where made.Success
                         let at = file.Text.IndexOf($"{made.Groups["app"].Value}.listen(", StringComparison.Ordinal)
                         where at >= 0 && !SourceText.IsComment(file.Text, at)
                         select new LintHit(file.PlaceOf(at), $"{made.Groups["app"].Value}.listen starts another server than the one with WebSockets ({file.PlaceOf(made.Index)})") { Edit = LineEdit.Replace(file.PlaceOf(at), $"{made.Groups["app"].Value}.listen", "server.listen") },
            Fires = new LintExample(("server.js", "const server = http.createServer(app);\nnew WebSocketServer({ server });\napp.listen(8080);\n")),
            Silent = new LintExample(("server.js", "const server = http.createServer(app);\nnew WebSocketServer({ server });\nserver.listen(8080);\n")),
        },
        new("PY-BLOCKED-LOOP", Severity.Warning, Breaks.Connection, "Python: asynchronous handlers of WebSockets")
        {
            Why = "A blocking call holds the loop of all connections: pings wait, too.",
            Symptom = "All clients of the process stall together; some are dropped for a ping timeout.",
            Fix = "Await what asyncio has for it, or use run_in_executor.",
            Facts = ["uvicorn-ping"],
            Check = d => from file in d.Sources
                         where SourceText.Language(file.Path) == "py"
                         let handler = AsyncSocket.Match(file.Text)
                         where handler.Success
                         from Match call in Blocking.Matches(file.Text)
                         let at = call.Index + call.Length - 1
                         where call.Index > handler.Index && !call.Value.Contains("await ", StringComparison.Ordinal) && !call.Value.Contains("to_thread", StringComparison.Ordinal) && !call.Value.TrimStart().StartsWith('#')
                         select new LintHit(file.PlaceOf(at), $"{call.Groups[0].Value.Trim().Split('(')[0].Split(' ')[^1]} blocks the loop"),
            Fires = new LintExample(("app.py", "@app.websocket(\"/ws\")\nasync def ws(s):\n    time.sleep(30)\n")),
            Silent = new LintExample(("app.py", "@app.websocket(\"/ws\")\nasync def ws(s):\n    await asyncio.sleep(30)\n")),
        },
        new("GO-HIJACK-WRAP", Severity.Error, Breaks.Handshake, "Go: TimeoutHandler around WebSocket handlers")
        {
            Why = "The writer that it puts around the handler cannot be hijacked, and an upgrade has to.",
            Symptom = "Every handshake gets 500: \"response does not implement http.Hijacker\".",
            Fix = "Leave the WebSocket route out of it.",
            Facts = ["gorilla-status-map", "go-hijack"],
            Check = d => In(d, "go", Wrapped, f => true).Where(p => Intent.IsSocketPath(p.Line) || p.Line.Contains("mux", StringComparison.Ordinal)).Select(p => new LintHit(p.Place, "http.TimeoutHandler stands around the WebSocket route")),
            Fires = new LintExample(("main.go", "import \"github.com/gorilla/websocket\"\nhttp.Handle(\"/ws\", http.TimeoutHandler(ws, 5*time.Second, \"\"))\n")),
            Silent = new LintExample(("main.go", "import \"github.com/gorilla/websocket\"\nhttp.Handle(\"/ws\", ws)\nhttp.Handle(\"/api\", http.TimeoutHandler(api, 5*time.Second, \"\"))\n")),
        },
        new("GO-DIAL-RESP-DROPPED", Severity.Info, Breaks.Nothing, "Go: Dial of WebSocket clients and load tests")
        {
            Why = "\"bad handshake\" means that an HTTP answer came; its status and text are in the value that is thrown away.",
            Symptom = "The log says \"bad handshake\" and nothing else.",
            Fix = "Keep the response, and log its status, its Server header and the start of its body.",
            Facts = ["gorilla-bad-handshake"],
            Check = d => In(d, "go", DroppedResponse, f => true).Select(p => new LintHit(p.Place, "the response of Dial is thrown away")),
            Fires = new LintExample(("main.go", "import \"github.com/gorilla/websocket\"\nconn, _, err := websocket.DefaultDialer.Dial(u, nil)\n")),
            Silent = new LintExample(("main.go", "import \"github.com/gorilla/websocket\"\nconn, resp, err := websocket.DefaultDialer.Dial(u, nil)\n")),
        },
        new("GORILLA-CHECKORIGIN-TRUE", Severity.Warning, Breaks.Nothing, "Go: CheckOrigin of gorilla/websocket")
        {
            Why = "Any page may open a connection with the cookies of whoever looks at it; CORS does not help.",
            Symptom = "None until somebody uses it.",
            Fix = "Compare with a list of origins.",
            Facts = ["gorilla-checkorigin", "browser-cswsh"],
            IsWrongFix = true,
            Check = d => In(d, "go", AnyOrigin, f => !f.Path.EndsWith("_test.go", StringComparison.Ordinal)).Select(p => new LintHit(p.Place, "CheckOrigin takes every origin")),
            Fires = new LintExample(("main.go", "import \"github.com/gorilla/websocket\"\nvar up = websocket.Upgrader{CheckOrigin: func(r *http.Request) bool { return true }}\n")),
            Silent = new LintExample(("main.go", "import \"github.com/gorilla/websocket\"\nvar up = websocket.Upgrader{CheckOrigin: func(r *http.Request) bool { return allowed[r.Header.Get(\"Origin\")] }}\n")),
        },
        new("AUTH-HEADER-REQUIRED", Severity.Error, Breaks.Handshake, "Servers that ask for a header, against browser clients")
        {
            Why = "A page cannot add headers to a WebSocket handshake.",
            Symptom = "Handshakes from browsers get 401 or are cut; tools that send the header work.",
            Fix = "Take a ticket in the query (short-lived, once), a cookie with the Origin checked, or the first message.",
            Facts = ["browser-no-custom-headers"],
            Check = d => In(d, "js", Header, f => SourceSigns.Pages(d).Any(s => s != f)).Select(p => new LintHit(p.Place, "the handshake is refused without a header that browsers cannot send")),
            Fires = new LintExample(("server.js", "const { WebSocketServer } = require('ws');\nserver.on('upgrade', (req, socket) => {\n  if (!req.headers.authorization) return socket.destroy();\n});\n"), ("page.js", "const ws = new WebSocket(url);\n")),
            Silent = new LintExample(("server.js", "const { WebSocketServer } = require('ws');\nserver.on('upgrade', (req, socket) => {\n  const ticket = new URL(req.url, base).searchParams.get('ticket');\n});\n"), ("page.js", "const ws = new WebSocket(url);\n")),
        },
        new("AUTH-TOKEN-IN-SUBPROTOCOL", Severity.Warning, Breaks.Nothing, "JavaScript: subprotocols of clients")
        {
            Why = "A server that takes the first offer sends the token back in a header, and proxies log it.",
            Symptom = "Tokens stand in logs; a server that chooses none makes browsers fail after the 101.",
            Fix = "Offer a real name first, and let the server choose that one.",
            Facts = ["node-ws-subprotocol-first"],
            Check = d => In(d, "js", TokenProtocol, f => true).Select(p => new LintHit(p.Place, "a token is offered as the only subprotocol")),
            Fires = new LintExample(("page.js", "const ws = new WebSocket(url, [token]);\n")),
            Silent = new LintExample(("page.js", "const ws = new WebSocket(url, ['v1.app', 'auth.' + ticket]);\n")),
        },
        new("KAFKA-POLL-BLOCK", Severity.Warning, Breaks.Connection, "Servers that pass messages from Kafka on")
        {
            Why = "A slow client holds the consumer up; after max.poll.interval, 300 s, the group expels it.",
            Symptom = "One slow client makes everybody wait; later all clients fall silent.",
            Fix = "Give each client a bounded queue of its own, and drop or merge when it is full.",
            Facts = ["kafka-consumer-defaults"],
            Check = d => d.Sources.Select(f => (File: f, Match: InPoll.Match(f.Text))).Where(m => m.Match.Success && !SourceText.IsComment(m.File.Text, m.Match.Index)).Select(m => new LintHit(m.File.PlaceOf(m.Match.Index), "clients are written to inside the consumer's loop")),
            Fires = new LintExample(("main.go", "import \"github.com/gorilla/websocket\"\nfor msg := range consumer.Messages() { conn.WriteMessage(1, msg.Value) }\n")),
            Silent = new LintExample(("main.go", "import \"github.com/gorilla/websocket\"\nfor msg := range consumer.Messages() { hub.TryEnqueue(msg.Value) }\n")),
        },
    ];

    private static HashSet<string> CookieFolders(Deployment deployment) =>
        deployment.Sources.Where(s => s.Text.Contains("AddCookie(", StringComparison.Ordinal)).Select(s => s.Folder).ToHashSet(StringComparer.Ordinal);

    private static bool Pings(Deployment deployment) => deployment.Sources.Any(s => SourceText.Language(s.Path) == "js" && (s.Text.Contains(".ping(", StringComparison.Ordinal) || BuiltInPings.IsGraphQlWs(s)));

    /// <summary>The first place of each source of a language where a sign stands outside a comment.</summary>
    internal static IEnumerable<(Place Place, string Line)> In(Deployment deployment, string language, Regex sign, Func<LintFile, bool> isMeant) =>
        from file in deployment.Sources
        where SourceText.Language(file.Path) == language && isMeant(file)
        let match = sign.Match(file.Text)
        where match.Success && !SourceText.IsComment(file.Text, match.Index)
        let place = file.PlaceOf(match.Index)
        select (place, file.Lines[place.Line - 1]);
}
