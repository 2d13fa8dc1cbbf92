using System.Text.RegularExpressions;

namespace Bascule.Diagnostics;

/// <summary>Rules about what is started: the server behind the path, and how.</summary>
internal static class ServerRules
{
    private static readonly Regex FileServer = SourceText.Pattern(@"(python3?\s+-m\s+(http\.server|SimpleHTTPServer)|(npx|pnpx|bunx)\s+(serve|http-server)\b|(^|\s)http-server(\s|$)|(^|\s)serve\s+-s\b)");
    private static readonly Regex Loopback = SourceText.Pattern(@"(--host[= ](127\.0\.0\.1|localhost)\b|--bind[= ](127\.0\.0\.1|localhost)|-b\s+(127\.0\.0\.1|localhost)|--urls?[= ]http://(localhost|127\.0\.0\.1))");
    private static readonly Regex LoopbackSource = SourceText.Pattern(@"(\.listen\(\s*[^,()\n]+,\s*[""'](127\.0\.0\.1|localhost)[""']|ListenAndServe\(""(127\.0\.0\.1|localhost):|\b(WebSocketServer|WebSocket\.Server|listen)\(\s*\{[^{}]*\bhost:\s*[""'](127\.0\.0\.1|localhost)[""']|uvicorn\.run\([^\n]*host=[""'](127\.0\.0\.1|localhost)[""'])");
    private static readonly Regex Asgi = SourceText.Pattern(@"(^|\s|/)(?<name>uvicorn|hypercorn)(\s|$)");
    private static readonly Regex AsgiAddress = SourceText.Pattern(@"(^|\s)(--host|--uds|--fd|--bind|-b|-c|--config|--help|--version)([= ]|$)");
    private static readonly Regex Gunicorn = SourceText.Pattern(@"(^|\s|/)gunicorn(\s|$)");
    private static readonly Regex Concurrency = SourceText.Pattern(@"--limit-concurrency[= ](?<n>[0-9]+)");
    private static readonly Regex Uvicorn = SourceText.Pattern(@"(?m)^\s*[""']?uvicorn\s*([=<>~!][^\n\[]*)?[""']?,?\s*$");
    private static readonly Regex SessionFileServer = SourceText.Pattern(@"(-m[""',\s]+http\.server|SimpleHTTPServer)");

    internal static readonly IReadOnlyList<LintRule> All =
    [
        new("APP-NOT-WS-SERVER", Severity.Error, Breaks.Handshake, "Commands of Dockerfiles, Compose services and pods")
        {
            Why = "That is a server of static files: it cannot speak WebSocket.",
            Symptom = "Every handshake gets 200 or 404 with the header Server: SimpleHTTP or the like.",
            Fix = "Start the WebSocket server in this container.",
            Facts = ["python-http-server"],
            Check = d => d.Containers.Select(c => (Container: c, Match: FileServer.Match(c.Command))).Where(m => m.Match.Success)
                .Select(m => new LintHit(m.Container.Place, $"{m.Container.Name} starts \"{m.Match.Value.Trim()}\""))
                .Concat(d.Sources.Where(f => SourceSigns.Server(f) is not null).Select(f => (File: f, Match: SessionFileServer.Match(f.Text))).Where(m => m.Match.Success).Select(m => new LintHit(m.File.PlaceOf(m.Match.Index), "the container that is started here runs a file server"))),
            Fires = new LintExample(("pod.yaml", Pod("[\"python\", \"-m\", \"http.server\", \"8080\"]")), (".env", "WS_URL=wss://example.com/ws\n")),
            Silent = new LintExample(("pod.yaml", Pod("[\"python\", \"-m\", \"uvicorn\", \"app:app\", \"--port\", \"8080\"]")), (".env", "WS_URL=wss://example.com/ws\n")),
        },
        new("DOCKER-BIND-LOOPBACK", Severity.Error, Breaks.Handshake, "Commands of containers, listen calls of servers that run in one")
        {
            Why = "In a container 127.0.0.1 is the container itself: nobody outside can connect.",
            Symptom = "Connections are refused, or the proxy before it answers 502.",
            Fix = "Listen on 0.0.0.0, on the port that PORT names.",
            Facts = ["gcp-run-port-contract"],
            IsForAll = true,
            Check = d => d.Containers.Where(c => Loopback.IsMatch(c.Command)).Select(c => new LintHit(c.Place, $"{c.Name} listens on the loopback address") { Edit = LineEdit.Replace(c.Place with { Column = 1 }, c.Command.Contains("127.0.0.1", StringComparison.Ordinal) ? "127.0.0.1" : "localhost", "0.0.0.0") })
                .Concat(d.Containers.Where(c => ListensNowhere(d, c)).Select(c => new LintHit(c.Place, $"{c.Name} starts {Asgi.Match(c.Command).Groups["name"].Value} without an address, and its own is 127.0.0.1") { Fix = "Add --host 0.0.0.0 (hypercorn: --bind 0.0.0.0:8000)." }))
                .Concat(d.Sources.Where(f => d.Containers.Any(c => c.IsDockerfile && IsOf(f, c.Name))).Select(f => (File: f, Match: LoopbackSource.Match(f.Text))).Where(m => m.Match.Success && !SourceText.IsComment(m.File.Text, m.Match.Index)).Select(m => new LintHit(m.File.PlaceOf(m.Match.Index), "this listens on the loopback address, and a Dockerfile puts it into a container"))),
            Fires = new LintExample(("Dockerfile", "FROM python:3.12\nCMD [\"uvicorn\", \"app:app\", \"--host\", \"127.0.0.1\"]\n")),
            Silent = new LintExample(("Dockerfile", "FROM python:3.12\nCMD [\"sh\", \"-c\", \"exec uvicorn app:app --host 0.0.0.0 --port ${PORT:-8080}\"]\n")),
        },
        new("DOCKER-SHELL-ENTRYPOINT", Severity.Warning, Breaks.Connection, "Dockerfile: CMD and ENTRYPOINT")
        {
            Why = "The shell, or npm, is the first process: it does not pass SIGTERM on, so the server never hears that it shall stop.",
            Symptom = "Each deployment cuts connections with 1006 instead of 1001 or 1012, after waiting for the whole grace time.",
            Fix = "Use the exec form with the program itself: CMD [\"node\", \"server.js\"].",
            Facts = ["gcp-run-sigterm-10s"],
            Check = d => d.Containers.Where(c => c.IsDockerfile && ((c.IsShellForm && !c.Command.StartsWith("exec ", StringComparison.Ordinal)) || c.Command.StartsWith("npm ", StringComparison.Ordinal) || c.Command.StartsWith("yarn ", StringComparison.Ordinal)))
                .Select(c => new LintHit(c.Place, $"the first process is {(c.IsShellForm ? "a shell" : c.Command.Split(' ')[0])}, not the server")),
            Fires = new LintExample(("Dockerfile", "FROM node:22\nCMD npm start\n"), Samples.Pinging),
            Silent = new LintExample(("Dockerfile", "FROM node:22\nCMD [\"node\", \"server.js\"]\n"), Samples.Pinging),
        },
        new("UVICORN-NO-WS-LIB", Severity.Error, Breaks.Handshake, "requirements.txt, pyproject.toml")
        {
            Why = "uvicorn speaks WebSocket only with a library that it does not bring along.",
            Symptom = "Every handshake gets 404, and the log says \"No supported WebSocket library detected\".",
            Fix = "Ask for uvicorn[standard], or add websockets.",
            Facts = ["uvicorn-no-ws-lib", "uvicorn-ws-none"],
            Check = d => d.Files.Where(f => f.Name is "requirements.txt" or "pyproject.toml").Select(f => (File: f, Match: Uvicorn.Match(f.Text))).Where(m => m.Match.Success && !m.File.Text.Contains("websockets", StringComparison.Ordinal) && !m.File.Text.Contains("wsproto", StringComparison.Ordinal))
                .Select(m => new LintHit(m.File.PlaceOf(m.Match.Index + m.Match.Value.Length - m.Match.Value.TrimStart().Length), "uvicorn without [standard], websockets or wsproto") { Edit = LineEdit.Replace(m.File.PlaceOf(m.Match.Index + m.Match.Value.Length - m.Match.Value.TrimStart().Length), "uvicorn", "uvicorn[standard]") })
                .Concat(d.Containers.Where(c => c.Command.Contains("uvicorn", StringComparison.Ordinal) && (c.Command.Contains("--ws none", StringComparison.Ordinal) || c.Command.Contains("--interface wsgi", StringComparison.Ordinal))).Select(c => new LintHit(c.Place, "uvicorn is told to do without WebSockets"))),
            Fires = new LintExample(("requirements.txt", "fastapi\nuvicorn\n"), ("app.py", "from fastapi import FastAPI, WebSocket\n")),
            Silent = new LintExample(("requirements.txt", "fastapi\nuvicorn[standard]\n"), ("app.py", "from fastapi import FastAPI, WebSocket\n")),
        },
        new("UVICORN-LIMITS", Severity.Warning, Breaks.Load, "How uvicorn is started")
        {
            Why = "Every open connection counts against the limit; and a worker that restarts after so many requests drops its connections.",
            Symptom = "Above the limit everybody gets 503; or all connections of a worker end at once.",
            Fix = "Take the flag out.",
            Facts = ["uvicorn-limit-concurrency"],
            Check = d => from container in d.Containers
                         let limit = Concurrency.Match(container.Command)
                         where (limit.Success && TimeText.Number(limit.Groups["n"].Value) < d.Options.Sockets) || (container.Command.Contains("--limit-max-requests", StringComparison.Ordinal) && container.Command.Contains("uvicorn", StringComparison.Ordinal))
                         select new LintHit(container.Place, limit.Success ? $"uvicorn takes {limit.Groups["n"].Value} connections; {d.Options.Wanted}" : "uvicorn restarts its workers after so many requests"),
            Fires = new LintExample(("Dockerfile", "FROM python:3.12\nCMD [\"uvicorn\", \"app:app\", \"--limit-concurrency\", \"100\"]\n"), ("app.py", "from fastapi import FastAPI, WebSocket\n")),
            Silent = new LintExample(("Dockerfile", "FROM python:3.12\nCMD [\"uvicorn\", \"app:app\"]\n"), ("app.py", "from fastapi import FastAPI, WebSocket\n")),
        },
        new("GUNICORN-SYNC", Severity.Error, Breaks.Handshake, "How gunicorn is started")
        {
            Why = "A sync worker handles one request and cannot hold a WebSocket.",
            Symptom = "Handshakes get 400, or end after 30 s when the worker is killed.",
            Fix = "Start it with -k uvicorn.workers.UvicornWorker (or gevent, eventlet).",
            Facts = ["gunicorn-sync"],
            Check = d => d.Containers.Where(c => Gunicorn.IsMatch(c.Command) && !HasWorker(c.Command)).Select(c => new LintHit(c.Place, $"{c.Name} starts gunicorn with sync workers")),
            Fires = new LintExample(("Dockerfile", "FROM python:3.12\nCMD [\"gunicorn\", \"app:app\"]\n"), ("app.py", "from fastapi import FastAPI, WebSocket\n")),
            Silent = new LintExample(("Dockerfile", "FROM python:3.12\nCMD [\"gunicorn\", \"-k\", \"uvicorn.workers.UvicornWorker\", \"app:app\"]\n"), ("app.py", "from fastapi import FastAPI, WebSocket\n")),
        },
        new("IMAGE-ONE-PLATFORM", Severity.Warning, Breaks.Deploy, "Platform of images: Dockerfile, Compose, build commands")
        {
            Why = "The image is for one processor and the nodes have another: the program does not start.",
            Symptom = "\"exec format error\" in the pod's log; handshakes get 502 or 503.",
            Fix = "Build for both: docker buildx build --platform linux/amd64,linux/arm64.",
            Reference = "https://docs.docker.com/build/building/multi-platform/",
            IsForAll = true,
            Check = OnePlatform,
            Fires = new LintExample(("build.sh", "docker buildx build --platform linux/arm64 -t x .\n"), ("pod.yaml", Pod("[\"app\"]").Replace("spec:\n", "spec:\n  nodeSelector:\n    kubernetes.io/arch: amd64\n", StringComparison.Ordinal))),
            Silent = new LintExample(("build.sh", "docker buildx build --platform linux/amd64,linux/arm64 -t x .\n"), ("pod.yaml", Pod("[\"app\"]").Replace("spec:\n", "spec:\n  nodeSelector:\n    kubernetes.io/arch: amd64\n", StringComparison.Ordinal))),
        },
    ];

    private static string Pod(string command) =>
        $"apiVersion: v1\nkind: Pod\nmetadata:\n  name: chat\nspec:\n  containers:\n    - name: chat\n      image: chat\n      command: {command}\n";

    /// <summary>An ASGI server on its own address, in a container to which nobody else belongs, and with no place left where another address may stand.</summary>
    private static bool ListensNowhere(Deployment deployment, RunContainer container) =>
        container.Image.Length > 0 && Asgi.IsMatch(container.Command) && !container.Command.Contains("gunicorn", StringComparison.Ordinal) && !AsgiAddress.IsMatch(container.Command) && !container.Command.Contains('$', StringComparison.Ordinal)
        && !container.Environment.Any(e => e.Key is "UVICORN_HOST") && container.Body["envFrom"] is null && container.Body["env_file"] is null && container.Body["network_mode"] is null
        && !deployment.Objects.Any(o => o.PodContainers.Contains(container.Body) && (o.PodContainers.Count() > 1 || o.PodSpec!["hostNetwork"] is not null));

    private static bool HasWorker(string command) =>
        command.Contains("UvicornWorker", StringComparison.Ordinal) || command.Contains("gevent", StringComparison.Ordinal) || command.Contains("eventlet", StringComparison.Ordinal) || command.Contains("asgi", StringComparison.OrdinalIgnoreCase)
        || command.Contains("-c ", StringComparison.Ordinal) || command.Contains("--config", StringComparison.Ordinal) || command.Contains("gthread", StringComparison.Ordinal) || command.Contains("aiohttp", StringComparison.Ordinal);

    private static bool IsOf(LintFile source, string dockerfile) =>
        dockerfile.LastIndexOf('/') is var at && (at < 0 || source.Path.StartsWith(dockerfile[..(at + 1)], StringComparison.Ordinal));

    private static IEnumerable<LintHit> OnePlatform(Deployment deployment)
    {
        var nodes = deployment.Objects.Select(o => o.PodSpec?.At("nodeSelector", "kubernetes.io/arch")).FirstOrDefault(n => n?.Value is not null);
        if (nodes is null)
            yield break;
        foreach (var command in deployment.Commands.Where(c => c.Program is "docker" or "podman" && c.Words.Contains("build")))
        {
            if (command.Flag("--platform") is { Length: > 0 } platform && !platform.Contains(nodes.Value!, StringComparison.Ordinal))
                yield return new LintHit(command.Place, $"the image is built for {platform}, and pods run on {nodes.Value} ({nodes.Place})");
        }
    }
}
