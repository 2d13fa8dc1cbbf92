using System.Text.RegularExpressions;

namespace Bascule.Diagnostics;

/// <summary>Popular repairs in sources that do not help, and reports that lead to them.</summary>
internal static class ServerWrongFixes
{
    private static readonly Regex Deflate = SourceText.Pattern(@"(perMessageDeflate\s*:\s*(true|\{)|EnableCompression\s*:\s*true|DangerousEnableCompression\s*=\s*true|DangerousDeflateOptions\s*=)");
    private static readonly Regex Backplane = SourceText.Pattern(@"(@socket\.io/redis-(streams-)?adapter|socket\.io-redis|AddStackExchangeRedis\()");
    private static readonly Regex OpenToAll = SourceText.Pattern(@"(?s)(CheckOrigin:?\s*=?\s*func\([^)]*\)\s*bool\s*\{\s*return true|cors\(\s*\{?[^)}]{0,80}origin:\s*([""']\*[""']|true)|cors\(\s*\)|Access-Control-Allow-Origin)");
    private static readonly Regex Share = SourceText.Pattern(@"(?i)((?<percent>[0-9]{1,3}(\.[0-9]+)?)\s*%[^\n]{0,60}bad handshake|bad handshake[^\n0-9%]{0,60}(?<percent>[0-9]{1,3}(\.[0-9]+)?)\s*%)");
    private static readonly Regex Status = SourceText.Pattern(@"(?i)(\b(status|http|code|response)(/1\.1)?[ =:]+[1-5][0-9]{2}\b|\b(429|50[0-4])\b)");

    /// <summary>Lines in a log from which on it is no accident.</summary>
    private const int ManyLines = 10;

    internal static readonly IReadOnlyList<LintRule> All =
    [
        new("APPRUNNER-APP-FIX", Severity.Info, Breaks.Nothing, "Origin, CORS and firewall changes of services on App Runner")
        {
            Why = "App Runner's own router refuses the upgrade before the request reaches the container or its rules.",
            Symptom = "Every handshake gets 403, as before.",
            Fix = "Take the change back, and move the endpoint (AWS-APPRUNNER-WS).",
            Facts = ["aws-apprunner-no-ws", "aws-apprunner-edge-envoy"],
            IsWrongFix = true,
            Check = d => AwsEdgeRules.RunsOnAppRunner(d)
                ? d.Sources.Select(f => (File: f, Match: OpenToAll.Match(f.Text))).Where(m => m.Match.Success && !SourceText.IsComment(m.File.Text, m.Match.Index)).Select(m => new LintHit(m.File.PlaceOf(m.Match.Index), "this opens the service to every origin, and it runs on App Runner"))
                    .Concat(d.Terraform.Of("aws_wafv2_web_acl_association").Where(a => a.Text("resource_arn")?.Contains("apprunner", StringComparison.Ordinal) == true).Select(a => new LintHit(a.Place, "a firewall rule set of an App Runner service")))
                : [],
            Fires = new LintExample(("app.js", "const { WebSocketServer } = require('ws');\napp.use(cors({ origin: '*' }));\n"), ("apprunner.yaml", "version: 1.0\nruntime: nodejs18\n")),
            Silent = new LintExample(("app.js", "const { WebSocketServer } = require('ws');\napp.use(cors({ origin: 'https://app.example.com' }));\n"), ("apprunner.yaml", "version: 1.0\nruntime: nodejs18\n")),
        },
        new("DEFLATE-COSTS-CPU", Severity.Info, Breaks.Load, "Sources that switch permessage-deflate on")
        {
            Why = "Compression saves bandwidth. It costs processor time for every message, and memory for every connection.",
            Symptom = "Under load messages come later than before, and memory grows with the connections.",
            Fix = "Leave it off; send fewer, bigger messages. Where bandwidth is the limit: without context takeover, and for big messages alone.",
            Facts = ["socketio-deflate-memory", "node-ws-limits"],
            IsWrongFix = true,
            Check = d => d.Sources.Select(f => (File: f, Match: Deflate.Match(f.Text))).Where(m => m.Match.Success && !SourceText.IsComment(m.File.Text, m.Match.Index) && !m.File.Text.Contains("ContextTakeover", StringComparison.OrdinalIgnoreCase))
                .Select(m => new LintHit(m.File.PlaceOf(m.Match.Index), "permessage-deflate is switched on")),
            Fires = new LintExample(("server.js", "const wss = new WebSocketServer({ port: 8080, perMessageDeflate: true });\nsetInterval(() => wss.clients.forEach(s => s.ping()), 20000);\n")),
            Silent = new LintExample(Samples.Pinging),
        },
        new("BACKPLANE-NOT-AFFINITY", Severity.Warning, Breaks.Handshake, "Redis backplanes of Socket.IO and SignalR, replica counts and affinity")
        {
            Why = "A backplane passes messages between instances. Polling and negotiation still need the instance that began the session.",
            Symptom = "With N instances about (N-1)/N of the connects fail with 400 or 404.",
            Fix = "Use WebSocket as the only transport (skipNegotiation in SignalR), or an affinity that every hop honours.",
            Facts = ["socketio-sticky", "signalr-sticky"],
            IsWrongFix = true,
            Check = d => from file in d.Sources
                         let match = Backplane.Match(file.Text)
                         where match.Success && !SourceText.IsComment(file.Text, match.Index) && StateRules.Instances(d) is { Count: > 1 } && !StateRules.HasAffinity(d) && !d.Once(static d => d.Sources.Any(IsSocketOnly))
                         select new LintHit(file.PlaceOf(match.Index), $"a Redis backplane, {StateRules.Instances(d)!.Value.Count} instances ({StateRules.Instances(d)!.Value.Place}), and nothing sends a client to the same one"),
            Fires = new LintExample(("server.js", "import { Server } from 'socket.io';\nimport { createAdapter } from '@socket.io/redis-adapter';\n"), ("app.yaml", Replicas)),
            Silent = new LintExample(("server.js", "import { Server } from 'socket.io';\nimport { createAdapter } from '@socket.io/redis-adapter';\nconst io = new Server(http, { transports: ['websocket'] });\n"), ("app.yaml", Replicas)),
        },
        new("LOAD-BAD-HANDSHAKE", Severity.Info, Breaks.Load, "Reports and logs of load tests")
        {
            Why = "\"bad handshake\" means that an HTTP answer came: it is not the kernel that refuses, so its queues and limits are not the first thing to tune.",
            Symptom = "A part of the connects fails under load, and the report does not say with which status.",
            Fix = "Record status, Server header and latency of the answers, and group by them. Then look at CPU, health checks and the balancer's queue.",
            Facts = ["gorilla-bad-handshake", "load-cpu-saturation"],
            IsForAll = true,
            Check = d => from file in d.Files
                         where file.Kind == FileKind.Report && !Status.IsMatch(file.Text)
                         let at = file.Text.IndexOf("bad handshake", StringComparison.OrdinalIgnoreCase)
                         let share = Share.Match(file.Text)
                         let lines = file.Lines.Count(l => l.Contains("bad handshake", StringComparison.OrdinalIgnoreCase))
                         where share.Success ? TimeText.Number(share.Groups["percent"].Value) > 1 : lines >= ManyLines
                         select new LintHit(file.PlaceOf(at), share.Success ? $"{share.Groups["percent"].Value} % \"bad handshake\", and no status" : $"\"bad handshake\" in {lines} lines, and no status"),
            Fires = new LintExample(("load-report.txt", "12000 dials at 100/s\nfailed: 56.8 % bad handshake\n")),
            Silent = new LintExample(("load-report.txt", "12000 dials at 100/s\n43 % 101, bad handshake: 40 % 503 (server: lb), 17 % 504\n")),
        },
    ];

    private const string Replicas = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: chat\nspec:\n  replicas: 3\n  template:\n    spec:\n      terminationGracePeriodSeconds: 300\n      containers:\n        - name: chat\n          image: chat\n";

    private static bool IsSocketOnly(LintFile file) =>
        file.Text.Contains("skipNegotiation: true", StringComparison.Ordinal) || (file.Text.Contains("transports", StringComparison.Ordinal) && file.Text.Contains("websocket", StringComparison.Ordinal) && !file.Text.Contains("polling", StringComparison.Ordinal));
}
