using System.Text.RegularExpressions;

namespace Bascule.Diagnostics;

/// <summary>Rules about sessions and several instances of a server.</summary>
internal static class StateRules
{
    private static readonly Regex Sessions = SourceText.Pattern(
        @"(?m)^(export |static |private |public |readonly |_)*((const|let|var) )?(?<name>\w*([sS]ession|[rR]oom|[tT]erminal)s?\w*)(\s*:[^=\n]+)?\s*(:=|=)\s*(new Map\b|new WeakMap\b|\{\}|dict\(|make\(map\[|map\[string\]|new (Concurrent)?Dictionary|sync\.Map)");

    /// <summary>Django Channels: each process has a layer of its own (channels.readthedocs.io/en/stable/topics/channel_layers.html#in-memory-channel-layer).</summary>
    private static readonly Regex MemoryLayer = SourceText.Pattern(@"(?<name>InMemoryChannelLayer)");

    private static readonly Regex SocketIoClient = SourceText.Pattern(@"\bio\(\s*[^)\n]*\)?[^\n]*");
    private static readonly Regex SocketIoServer = SourceText.Pattern(@"(require\([""']socket\.io[""']\)|from [""']socket\.io[""'])");
    private static readonly Regex Shell = SourceText.Pattern(@"(execSync|exec|spawn|spawnSync|execFile|check_output|check_call|Popen|subprocess\.\w+|exec\.Command|exec\.CommandContext|Process\.Start|ProcessStartInfo)\s*\(\s*[\[(]?\s*[`""'f]*kubectl");

    internal static readonly IReadOnlyList<LintRule> All =
    [
        new("APP-INMEMORY-MULTI", Severity.Error, Breaks.Handshake, "Sources that keep sessions in a variable, and how many instances run")
        {
            Why = "A session that lives in one process is unknown to the others; whoever comes back to another instance finds nothing, and a message to a group reaches only those on the same one.",
            Symptom = "\"Session not found\", now and then: the more instances, the more often. A reload of the page may repair it. Or some members of a group miss messages.",
            Fix = "Keep sessions in a shared store (a database, Redis). Affinity is only a help. For Django Channels: channels_redis.",
            Facts = ["app-inmemory-multi"],
            Check = d => from file in d.Sources
                         from sign in (Regex[])[Sessions, MemoryLayer]
                         let match = sign.Match(file.Text)
                         where match.Success && !SourceText.IsComment(file.Text, match.Index) && Instances(d) is { Count: > 1 }
                         select new LintHit(file.PlaceOf(match.Index), $"{match.Groups["name"].Value} is kept in the memory of one process, but up to {Instances(d)!.Value.Count} instances answer ({Instances(d)!.Value.Place})"),
            Fires = new LintExample(("server.js", "const { WebSocketServer } = require('ws');\nconst sessions = new Map();\n"), ("deploy.sh", "gcloud run deploy term --timeout=3600 --max-instances=10\n")),
            Silent = new LintExample(("server.js", "const { WebSocketServer } = require('ws');\nawait redis.hSet('session:' + id, data);\n"), ("deploy.sh", "gcloud run deploy term --timeout=3600 --max-instances=10\n")),
        },
        new("APP-STICKY-FALLBACK", Severity.Error, Breaks.Handshake, "Socket.IO and SignalR clients, replica counts and affinity")
        {
            Why = "The connection starts with plain requests and is upgraded later; each of them may reach another instance, which does not know the session.",
            Symptom = "With N instances about (N-1)/N of the connects fail with 400 or 404, and sometimes one gets through.",
            Fix = "Use WebSocket as the only transport, or an affinity that every hop honours.",
            Facts = ["signalr-sticky", "socketio-sticky"],
            Check = d => (from file in d.Sources
                         where file.Text.Contains("socket.io-client", StringComparison.Ordinal) || file.Text.Contains("socket.io", StringComparison.Ordinal) && !SourceSigns.NodeServer.IsMatch(file.Text)
                         let match = SocketIoClient.Match(file.Text)
                         where match.Success && !file.Text.Contains("transports", StringComparison.Ordinal) && Instances(d) is { Count: > 1 } && !HasAffinity(d)
                         select new LintHit(file.PlaceOf(match.Index), $"Socket.IO starts with polling, up to {Instances(d)!.Value.Count} instances answer ({Instances(d)!.Value.Place}), and nothing sends a client to the same one"))
                .Concat(WithoutClient(d)),
            Fires = new LintExample(("app.js", "import { io } from 'socket.io-client';\nconst s = io('https://api.example.com');\n"), ("app.yaml", Deployment(3))),
            Silent = new LintExample(("app.js", "import { io } from 'socket.io-client';\nconst s = io('https://api.example.com', { transports: ['websocket'] });\n"), ("app.yaml", Deployment(3))),
        },
        new("APP-KUBECTL-SHELLOUT", Severity.Error, Breaks.Handshake, "Sources that start kubectl")
        {
            Why = "Each session forks a program: its binary, its credentials, its seconds and its failures all lie outside the server, inside a request.",
            Symptom = "\"Error joining session\": creating a session is slow or fails, and the server's log only has an exit code.",
            Fix = "Use the Kubernetes API with the pod's own identity; create the session at once, and attach when it is ready.",
            Facts = ["app-kubectl-shellout"],
            Check = d => d.Sources.Select(f => (File: f, Match: Shell.Match(f.Text))).Where(m => m.Match.Success && !SourceText.IsComment(m.File.Text, m.Match.Index))
                .Select(m => new LintHit(m.File.PlaceOf(m.Match.Index), "the server starts kubectl")),
            Fires = new LintExample(("server.js", "const { WebSocketServer } = require('ws');\nexecSync(\"kubectl run shell-\" + id + \" --image=sh\");\n")),
            Silent = new LintExample(("server.js", "const { WebSocketServer } = require('ws');\nawait core.createNamespacedPod({ namespace, body: pod }); // kubectl would do\n")),
        },
        new("IMAGE-WITHOUT-KUBECTL", Severity.Error, Breaks.Handshake, "Sources that start kubectl, against the Dockerfile")
        {
            Why = "The program that the server starts is not in its image, so every session fails where it is created.",
            Symptom = "\"Error joining session\" for everybody; the log says \"kubectl: not found\" or ENOENT.",
            Fix = "Use the Kubernetes API instead; or install kubectl in the last stage of the image.",
            Reference = "the files themselves: what they say does not agree",
            Check = d => from file in d.Sources
                         let match = Shell.Match(file.Text)
                         where match.Success && !SourceText.IsComment(file.Text, match.Index)
                         from image in d.Of(FileKind.Dockerfile)
                         where !image.Text.Contains("kubectl", StringComparison.Ordinal) && (image.Folder.Length == 0 || file.Path.StartsWith(image.Folder + "/", StringComparison.Ordinal))
                         select new LintHit(new Place(image.Path, 1), $"kubectl is not in this image, and {file.PlaceOf(match.Index)} starts it"),
            Fires = new LintExample(("server.js", "const { WebSocketServer } = require('ws');\nexecSync(\"kubectl run shell-\" + id);\n"), ("Dockerfile", "FROM node:22-slim\nCOPY . .\nCMD [\"node\", \"server.js\"]\n")),
            Silent = new LintExample(("server.js", "const { WebSocketServer } = require('ws');\nexecSync(\"kubectl run shell-\" + id);\n"), ("Dockerfile", "FROM node:22-slim\nRUN apt-get install -y kubectl\nCOPY . .\nCMD [\"node\", \"server.js\"]\n")),
        },
    ];

    /// <summary>Where no client is among the files, the server is looked at: clients begin with polling unless they are told otherwise.</summary>
    private static IEnumerable<LintHit> WithoutClient(Deployment deployment) =>
        from file in deployment.Sources.Any(s => s.Text.Contains("socket.io-client", StringComparison.Ordinal)) ? [] : deployment.Sources
        let match = SocketIoServer.Match(file.Text)
        where match.Success && !file.Text.Contains("transports", StringComparison.Ordinal) && !SourceText.IsComment(file.Text, match.Index) && Instances(deployment) is { Count: > 1 } && !HasAffinity(deployment)
            && !deployment.Sources.Any(s => s.Text.Contains("adapter", StringComparison.OrdinalIgnoreCase))
        select new LintHit(file.PlaceOf(match.Index), $"Socket.IO starts with polling, up to {Instances(deployment)!.Value.Count} instances answer ({Instances(deployment)!.Value.Place}), nothing sends a client to the same one, and no adapter joins them")
        {
            Fix = "Take an affinity that every hop honours, or transports: ['websocket'] on both sides; and an adapter (socket.io/docs/v4/adapter), without which a message to a room reaches one instance only.",
        };

    private static string Deployment(int replicas) =>
        $"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: chat\nspec:\n  replicas: {replicas}\n  template:\n    spec:\n      containers:\n        - name: chat\n          image: chat\n";

    /// <summary>The most instances that may answer, and where that is said.</summary>
    internal static (double Count, Place Place)? Instances(Deployment deployment) => deployment.Once(MostInstances) is [var most, ..] ? most : null;

    /// <summary>At most one.</summary>
    private static List<(double Count, Place Place)> MostInstances(Deployment deployment) =>
    [
        .. deployment.CloudRun.Where(s => s.IsWhole).Select(s => (Count: TimeText.Number(s.MaxInstances?.Value) ?? 100, s.Place))
            .Concat(deployment.Objects.Where(o => o.IsWorkload).Select(o => (Count: TimeText.Number(o.Body.Text("spec", "replicas")) ?? 1, (o.Body.At("spec", "replicas") ?? o.Body).Place)))
            .Concat(deployment.Kube("HorizontalPodAutoscaler").Select(o => (Count: TimeText.Number(o.Body.Text("spec", "maxReplicas")) ?? 1, o.Place)))
            .Concat(deployment.Containers.Where(c => c.Body.At("deploy", "replicas") is not null).Select(c => (Count: TimeText.Number(c.Body.Text("deploy", "replicas")) ?? 1, c.Place)))
            .Concat(deployment.Terraform.Of("aws_ecs_service").Select(r => (Count: r.Number("desired_count") ?? 1, r.Place)))
            .Concat(deployment.SocketLocations.Select(l => (Count: (double)RoutedHosts.Targets(l).Count - 1, (l.Node["proxy_pass"] ?? l.Node).Place)))
            .Where(s => deployment.Carriers.Carries(s.Place))
            .OrderByDescending(s => s.Count).Take(1),
    ];

    internal static bool HasAffinity(Deployment deployment) => deployment.Once(IsAffinityShown);

    private static bool IsAffinityShown(Deployment deployment) =>
        deployment.CloudRun.Any(s => s.HasAffinity)
        || deployment.Objects.Any(o => o.Body.Text("spec", "sessionAffinity") == "ClientIP" || o.NginxAnnotation("affinity") is not null || o.Body.Deep("consistentHash").Any() || o.Body.Deep("sticky").Any())
        || deployment.Traefik.Roots.Any(r => TraefikModel.Deep(r, "sticky").Any())
        || deployment.Of(FileKind.Nginx).Any(f => f.Root!.Deep("upstream").Any(u => u["ip_hash"] is not null || u["hash"] is not null || u["sticky"] is not null))
        || deployment.Of(FileKind.Haproxy).Any(f => f.Root!.Everything().Any(n => n is { Key: "cookie" } or { Key: "stick-table" } || (n.Key == "balance" && n.Words is ["source", ..])))
        || deployment.Terraform.Resources.Any(r => r.Body["stickiness"] is not null);
}
