namespace Bascule.Diagnostics.Tests;

/// <summary>Faults that the files alone prove, and what looks like them and is none.</summary>
public sealed class LintCertainTests
{
    private const string Python = "from fastapi import FastAPI, WebSocket\napp = FastAPI()\n@app.websocket(\"/ws\")\nasync def w(s: WebSocket):\n    await s.accept()\n";
    private const string Used = "server {\n  location /ws {\n    proxy_pass http://app;\n    proxy_set_header Upgrade $http_upgrade;\n    proxy_set_header Connection $connection_upgrade;\n  }\n}\n";
    private const string Map = "map $http_upgrade $connection_upgrade { default upgrade; '' close; }\n";
    private const string SocketIo = "import { Server } from 'socket.io';\nconst io = new Server(h);\n";
    private const string Thrice = "services:\n  web:\n    build: .\n    deploy: { replicas: 3 }\n";
    private const string Workload = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: chat\nspec:\n  template:\n    metadata:\n      labels: { app: chat }\n    spec:\n      containers: [ { name: chat, image: chat } ]\n---\n";
    private const string Service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: chat\nspec:\n  selector: { app: chatt }\n  ports: [ { port: 80 } ]\n";
    private const string Quiet = "const wss = new WebSocketServer({ port: 8080 });\nwss.on('connection', s => s.send('hi'));\n";
    private const string Tcp = "defaults\n  mode tcp\n  timeout client 10s\n  timeout server 10s\nfrontend fe\n  bind :PORT\n  default_backend b\nbackend b\n  server a app:8000\n";

    public static TheoryData<string, (string, string)[]> Faults => new()
    {
        { "NGINX-NO-CONNECTION-MAP", [("nginx.conf", $"http {{\n  include mime.types;\n  include conf.d/*.conf;\n{Used}}}\n"), ("conf.d/other.conf", "server {\n  listen 8080;\n  location / { proxy_pass http://other; }\n}\n")] },
        { "DOCKER-BIND-LOOPBACK", [("Dockerfile", "FROM python:3.12\nCMD [\"uvicorn\", \"main:app\", \"--port\", \"8000\"]\n"), ("main.py", Python)] },
        { "DOCKER-BIND-LOOPBACK", [("compose.yaml", "services:\n  web:\n    image: chat\n    command: hypercorn main:app\n"), ("main.py", Python)] },
        { "DOCKER-BIND-LOOPBACK", [("Dockerfile", "FROM node:22\nCMD [\"node\", \"s.js\"]\n"), ("s.js", "const { WebSocketServer } = require('ws');\nconst wss = new WebSocketServer({ host: '127.0.0.1', port: 8000 });\n")] },
        { "DOCKER-BIND-LOOPBACK", [("Dockerfile", "FROM node:22\nCMD [\"node\", \"s.js\"]\n"), ("s.js", "const { WebSocketServer } = require('ws');\nserver.listen({ port: 8000, host: \"localhost\" });\n")] },
        { "APP-STICKY-FALLBACK", [("server.ts", SocketIo), ("compose.yaml", Thrice)] },
        { "K8S-TARGETPORT-MISMATCH", [("k8s.yaml", Workload + Service)] },
        { "HAPROXY-TUNNEL-TIMEOUT", [("haproxy.cfg", Tcp.Replace("PORT", "443", StringComparison.Ordinal)), ("s.js", Quiet)] },
        { "HAPROXY-TUNNEL-TIMEOUT", [("haproxy.cfg", "defaults\n  mode http\n  timeout client 2h\n  timeout server 2h\nfrontend fe\n  bind :80\n  timeout client 10s\n  default_backend ws\nbackend ws\n  server a app:8000\n"), ("s.js", Quiet)] },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void What_the_files_prove_is_found(string rule, (string, string)[] files) => Assert.Contains(rule, Rules(files));

    public static TheoryData<string, (string, string)[]> Fine => new()
    {
        { "NGINX-NO-CONNECTION-MAP", [("nginx.conf", $"http {{\n  include conf.d/*.conf;\n{Used}}}\n"), ("conf.d/map.conf", Map)] },
        { "NGINX-NO-CONNECTION-MAP", [("nginx.conf", $"http {{\n  include /etc/nginx/maps/upgrade.conf;\n{Used}}}\n")] },
        { "NGINX-NO-CONNECTION-MAP", [("site.conf", Used)] },
        { "HAPROXY-NO-BACKEND", [("haproxy.cfg", "frontend web\n  bind :80\n  use_backend %[req.hdr(host),lower]\nbackend app\n  server a 10.0.0.1:80\n")] },
        { "HAPROXY-NO-BACKEND", [("10-front.cfg", "frontend web\n  bind :80\n  default_backend app\n"), ("20-back.cfg", "backend app\n  server a 10.0.0.1:80\n")] },
        { "DOCKER-BIND-LOOPBACK", [("Dockerfile", "FROM python:3.12\nENV UVICORN_HOST=0.0.0.0\nCMD [\"uvicorn\", \"main:app\"]\n"), ("main.py", Python)] },
        { "DOCKER-BIND-LOOPBACK", [("Dockerfile", "FROM python:3.12\nCMD [\"gunicorn\", \"-k\", \"uvicorn.workers.UvicornWorker\", \"main:app\"]\n"), ("main.py", Python)] },
        { "DOCKER-BIND-LOOPBACK", [("pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: chat\nspec:\n  containers:\n    - { name: chat, image: chat, command: [uvicorn, \"main:app\"] }\n    - { name: proxy, image: nginx }\n"), ("main.py", Python)] },
        { "DOCKER-BIND-LOOPBACK", [("s.js", "const { WebSocketServer } = require('ws');\nconst wss = new WebSocketServer({ host: '127.0.0.1', port: 8000 });\n")] },
        { "APP-STICKY-FALLBACK", [("server.ts", SocketIo + "io.adapter(createAdapter(pub, sub));\n"), ("compose.yaml", Thrice)] },
        { "APP-STICKY-FALLBACK", [("server.ts", SocketIo), ("compose.yaml", Thrice.Replace("3", "1", StringComparison.Ordinal))] },
        { "K8S-TARGETPORT-MISMATCH", [("k8s.yaml", Workload + Service.Replace("chatt", "chat", StringComparison.Ordinal))] },
        { "K8S-TARGETPORT-MISMATCH", [("k8s.yaml", Service)] },
        { "K8S-TARGETPORT-MISMATCH", [("k8s.yaml", Workload + Service + "---\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata:\n  name: x\nspec:\n  template:\n    metadata:\n      labels: { app: chatt }\n")] },
        { "K8S-INGRESS-NO-SERVICE", [("k8s.yaml", "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: web\nspec:\n  rules:\n    - http: { paths: [ { path: /, backend: { service: { name: far, port: { number: 80 } } } } ] }\n")] },
        { "HAPROXY-TUNNEL-TIMEOUT", [("haproxy.cfg", Tcp.Replace("PORT", "5432", StringComparison.Ordinal)), ("s.js", Quiet)] },
        { "ASPNET-NO-USEWEBSOCKETS", [("Program.cs", "var app = WebApplication.Create();\napp.Map(\"/ws\", async c => await c.WebSockets.AcceptWebSocketAsync());\n"), ("Setup.cs", "app.UseWebSockets(options);\n")] },
        { "ASPNET-NO-USEWEBSOCKETS", [("Ws.cs", "public static Task Take(HttpContext c) => c.WebSockets.AcceptWebSocketAsync();\n")] },
    };

    [Theory]
    [MemberData(nameof(Fine))]
    public void What_is_not_certain_is_left_alone(string rule, (string, string)[] files) => Assert.DoesNotContain(rule, Rules(files));

    [Fact]
    public void A_Service_that_no_file_has_is_told_less_loudly_than_a_wrong_port() =>
        Assert.Equal(Severity.Warning, Assert.Single(
            LintRun.Run([("k8s.yaml", LintRules.Find("K8S-INGRESS-NO-SERVICE")!.Silent.Files[0].Text.Replace("service: { name: chat", "service: { name: chart", StringComparison.Ordinal))]).Findings,
            f => f.Rule.Id == "K8S-INGRESS-NO-SERVICE").Severity);

    [Theory]
    [InlineData("ws.onclose = () => connect();", false)]
    [InlineData("ws.addEventListener('close', connect);", false)]
    [InlineData("ws.onclose = () => {\n    console.log('bye');\n    connect();\n  };", false)]
    [InlineData("ws.onclose = () => show();", true)]
    public void A_page_that_opens_the_WebSocket_again_comes_back(string close, bool isFault) =>
        Assert.Equal(isFault, Rules(("page.js", $"export function connect() {{\n  const ws = new WebSocket(url);\n  {close}\n}}\n")).Contains("CLIENT-NO-RECONNECT"));

    [Theory]
    [InlineData("Caddyfile", "example.com {\n  @up {\n    header Connection *Upgrade*\n    header Upgrade websocket\n  }\n  reverse_proxy @up app:8000\n}\n")]
    [InlineData("haproxy.cfg", "frontend web\n  bind :80\n  use_backend b if { hdr(Upgrade) -i websocket }\nbackend b\n  server a app:8000\n")]
    [InlineData("service.yaml", "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: { name: chat }\nspec:\n  template:\n    spec:\n      containers:\n        - image: x\n          env: [ { name: WS_PATH, value: /ws } ]\n")]
    [InlineData("route.yaml", "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: { name: r }\nspec:\n  rules:\n    - matches: [ { path: { type: PathPrefix, value: /ws } } ]\n      timeouts: { request: 10s }\n")]
    [InlineData("package.json", "{ \"dependencies\": { \"express-ws\": \"5\" } }")]
    [InlineData("s.js", "const app = require('express')();\nrequire('express-ws')(app);\n")]
    public void A_sign_that_the_documentation_promises_is_taken(string path, string text) => Assert.NotEmpty(LintRun.Run([(path, text)]).Intents);

    [Fact]
    public void An_HTTPRoute_that_ends_its_WebSockets_is_found() =>
        Assert.Contains("ISTIO-VS-TIMEOUT", Rules(("route.yaml", "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: { name: r }\nspec:\n  rules:\n    - matches: [ { path: { type: PathPrefix, value: /ws } } ]\n      timeouts: { request: 10s }\n")));

    private static List<string> Rules(params (string Path, string Text)[] files) => [.. LintRun.Run(files).Findings.Select(f => f.Rule.Id)];
}
