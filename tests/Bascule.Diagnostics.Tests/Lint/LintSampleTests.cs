namespace Bascule.Diagnostics.Tests;

/// <summary>Whole configurations as people write them: right ones give no finding, and each classic fault gives its own, first.</summary>
public sealed class LintSampleTests
{
    private static readonly (string, string) Server = ("server.js", "const { WebSocketServer } = require('ws');\nconst wss = new WebSocketServer({ port: 8080 });\nsetInterval(() => wss.clients.forEach(c => c.ping()), 20000);\n");

    private const string Nginx = """
        user www-data;
        worker_processes auto;
        worker_rlimit_nofile 65536;
        events { worker_connections 16384; }
        http {
          include mime.types;
          map $http_upgrade $connection_upgrade { default upgrade; '' close; }
          upstream app { server 10.0.0.1:8080; server 10.0.0.2:8080; }
          server {
            listen 443 ssl http2;
            server_name chat.example.com;
            location / {
              root /srv/www;
              try_files $uri /index.html;
            }
            location /api/ {
              proxy_pass http://app;
              proxy_set_header Host $host;
            }
            location /ws {
              proxy_pass http://app;
              proxy_http_version 1.1;
              proxy_set_header Host $host;
              proxy_set_header Upgrade $http_upgrade;
              proxy_set_header Connection $connection_upgrade;
              proxy_read_timeout 1h;
              proxy_send_timeout 1h;
            }
            location /events {
              proxy_pass http://app;
              proxy_buffering off;
            }
          }
        }
        """;

    private const string Haproxy = """
        global
          log stdout format raw local0
          maxconn 20000
        defaults
          mode http
          timeout connect 5s
          timeout client 30s
          timeout server 30s
          timeout tunnel 1h
          timeout client-fin 30s
        frontend web
          bind :443 ssl crt /etc/ssl/site.pem alpn h2,http/1.1
          acl is_ws path_beg /ws
          use_backend ws if is_ws
          default_backend app
        backend ws
          balance leastconn
          server s1 10.0.0.1:8080 check
          server s2 10.0.0.2:8080 check
        backend app
          server s1 10.0.0.1:8081 check
        """;

    private const string Caddy = """
        {
          email ops@example.com
        }
        chat.example.com {
          root * /srv/www
          handle /ws* {
            reverse_proxy app:8080 {
              stream_close_delay 5m
            }
          }
          handle {
            file_server
          }
        }
        """;

    private const string Pods = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: chat }
        spec:
          replicas: 3
          selector: { matchLabels: { app: chat } }
          template:
            metadata: { labels: { app: chat } }
            spec:
              terminationGracePeriodSeconds: 300
              containers:
                - name: chat
                  image: chat:1
                  ports: [{ name: ws, containerPort: 8080 }]
                  readinessProbe: { httpGet: { path: /healthz, port: ws } }
                  resources: { requests: { cpu: 500m, memory: 512Mi }, limits: { memory: 512Mi } }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: chat }
        spec:
          selector: { app: chat }
          ports: [{ port: 80, targetPort: ws }]
        ---
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata:
          name: chat
          annotations:
            nginx.ingress.kubernetes.io/proxy-read-timeout: "3600"
            nginx.ingress.kubernetes.io/proxy-send-timeout: "3600"
        spec:
          ingressClassName: nginx
          rules:
            - host: chat.example.com
              http: { paths: [{ path: /ws, pathType: Prefix, backend: { service: { name: chat, port: { number: 80 } } } }] }
        """;

    private const string Terraform = """
        resource "google_cloud_run_v2_service" "chat" {
          name = "chat"
          template {
            timeout                          = "3600s"
            session_affinity                 = true
            max_instance_request_concurrency = 500
            scaling {
              min_instance_count = 1
              max_instance_count = 10
            }
            containers {
              image = "chat"
              ports { container_port = 8080 }
            }
          }
        }
        resource "google_compute_region_network_endpoint_group" "run" {
          network_endpoint_type = "SERVERLESS"
          cloud_run { service = google_cloud_run_v2_service.chat.name }
        }
        resource "google_compute_backend_service" "chat" {
          load_balancing_scheme = "EXTERNAL_MANAGED"
          protocol              = "HTTPS"
          security_policy       = google_compute_security_policy.edge.id
          backend { group = google_compute_region_network_endpoint_group.run.id }
        }
        resource "google_compute_security_policy" "edge" {
          rule {
            action   = "throttle"
            priority = 900
            match { expr { expression = "request.path.startsWith('/ws')" } }
            rate_limit_options {
              enforce_on_key = "IP"
              conform_action = "allow"
              exceed_action  = "deny(429)"
              rate_limit_threshold {
                count        = 1200
                interval_sec = 60
              }
            }
          }
        }
        resource "aws_lb" "other" {
          load_balancer_type = "application"
          idle_timeout       = 300
        }
        resource "aws_lb_target_group" "other" {
          target_type          = "ip"
          protocol_version     = "HTTP1"
          deregistration_delay = 30
          health_check { path = "/healthz" }
        }
        """;

    private const string Compose = """
        services:
          web:
            image: nginx:1.29.7
            ports: ["443:443"]
            ulimits: { nofile: { soft: 65536, hard: 65536 } }
          chat:
            build: .
            environment:
              WS_MODE: multi
              PORT: "8080"
        """;

    public static TheoryData<string, string> Right => new()
    {
        { "nginx.conf", Nginx }, { "haproxy.cfg", Haproxy }, { "Caddyfile", Caddy }, { "pods.yaml", Pods }, { "main.tf", Terraform }, { "compose.yaml", Compose },
        { "Dockerfile", "FROM node:22-slim AS build\nWORKDIR /app\nCOPY . .\nRUN npm ci \\\n && npm run build\nFROM node:22-slim\nCOPY --from=build /app /app\nEXPOSE 8080\nUSER node\nCMD [\"node\", \"/app/server.js\"]\n" },
        { ".env", "WS_MODE=multi\nFRONTEND_URL=https://app.example.com\nVITE_WS_URL=wss://app.example.com/ws\nWEBSOCKET_HEARTBEAT_INTERVAL=25\nWEBSOCKET_SESSION_CONNECTION_TEMPLATE=ws://websocket-proxy.gamgui.svc.cluster.local/ws/session/{{SESSION_ID}}/\n" },
        { "deploy.sh", "#!/usr/bin/env bash\nset -euo pipefail\nif [[ ! -f .env ]]; then\n  cp .env.example .env\nfi\ngcloud run deploy chat --image x --timeout=3600 --concurrency=500 --max-instances=10 --session-affinity\necho done > deploy.log\n" },
        { "fly.toml", "app = 'chat'\n[http_service]\n  internal_port = 8080\n  auto_stop_machines = 'off'\n  [http_service.concurrency]\n    type = 'connections'\n    hard_limit = 5000\n" },
    };

    [Theory]
    [MemberData(nameof(Right))]
    public void A_right_configuration_gives_no_finding(string path, string text)
    {
        var report = LintRun.Run([(path, text), Server], new LintOptions(AssumeWebSockets: true));

        Assert.True(report.Findings.All(f => f.Severity == Severity.Info), LintText.Write(report));
    }

    public static TheoryData<string, string, string, string, string> Wrong => new()
    {
        { "NGINX-UPGRADE-HEADERS", "nginx.conf", Nginx, "      proxy_set_header Upgrade $http_upgrade;\n      proxy_set_header Connection $connection_upgrade;\n", "" },
        { "NGINX-HTTP-VERSION", "nginx.conf", Nginx, "      proxy_http_version 1.1;\n", "" },
        { "NGINX-CONNECTION-EMPTY", "nginx.conf", Nginx, "Connection $connection_upgrade", "Connection \"\"" },
        { "APP-PING-VS-IDLE", "nginx.conf", Nginx, "proxy_read_timeout 1h", "proxy_read_timeout 15s" },
        { "NGINX-SSE-BUFFERING", "nginx.conf", Nginx, "proxy_buffering off", "proxy_cache off" },
        { "NGINX-LIMIT", "nginx.conf", Nginx, "proxy_send_timeout 1h", "limit_req zone=all burst=5" },
        { "PROXY-SCHEME-PORT", "nginx.conf", Nginx, "proxy_pass http://app;\n      proxy_http_version", "proxy_pass https://app:8080;\n      proxy_http_version" },
        { "APP-PING-VS-IDLE", "haproxy.cfg", Haproxy, "timeout client 30s\n  timeout server 30s\n  timeout tunnel 1h", "timeout client 15s\n  timeout server 15s" },
        { "HAPROXY-H2-BACKEND-WS", "haproxy.cfg", Haproxy, "server s2 10.0.0.2:8080 check", "server s2 10.0.0.2:8443 ssl alpn h2" },
        { "HAPROXY-RATE-LOW", "haproxy.cfg", Haproxy, "acl is_ws", "stick-table type ip size 1m expire 10s store http_req_rate(10s)\n  http-request deny if { sc_http_req_rate(0) gt 10 }\n  acl is_ws" },
        { "CADDY-H2C-TRANSPORT", "Caddyfile", Caddy, "reverse_proxy app", "reverse_proxy h2c://app" },
        { "INGRESS-NGINX-TIMEOUT-UNIT", "pods.yaml", Pods, "read-timeout: \"3600\"", "read-timeout: 3600s" },
        { "K8S-TARGETPORT-MISMATCH", "pods.yaml", Pods, "targetPort: ws", "targetPort: 8081" },
        { "HEALTHCHECK-ON-WS-PATH", "pods.yaml", Pods, "path: /healthz", "path: /ws" },
        { "GCP-RUN-TIMEOUT", "main.tf", Terraform, "timeout                          = \"3600s\"", "" },
        { "GCP-ARMOR-RATE-KEY-ALL", "main.tf", Terraform, "enforce_on_key = \"IP\"", "" },
        { "GCP-NEG-TIMEOUT-SET", "main.tf", Terraform, "protocol              = \"HTTPS\"", "timeout_sec = 3600" },
        { "AWS-ALB-TG-HTTP2", "main.tf", Terraform, "\"HTTP1\"", "\"HTTP2\"" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_classic_fault_in_it_is_the_first_verdict(string rule, string path, string text, string right, string wrong)
    {
        Assert.Contains(right, text);

        var report = LintRun.Run([(path, text.Replace(right, wrong, StringComparison.Ordinal)), Server], new LintOptions(AssumeWebSockets: true));

        Assert.True(rule == report.First?.RuleId, $"{report.First?.RuleId}: {LintText.Write(report)}");
    }

    [Fact]
    public void A_missing_route_for_the_path_that_clients_use_is_named()
    {
        var caddy = "app.example.com {\n  root * /srv\n  reverse_proxy /api/* app:8080\n  file_server\n}\n";

        var report = LintRun.Run([("Caddyfile", caddy), (".env", "VITE_WS_URL=wss://app.example.com/ws\n"), Server]);

        Assert.Equal("PROXY-NO-ROUTE", report.First!.RuleId);
    }

    [Fact]
    public void A_plan_is_read_as_its_sources_are()
    {
        var plan = """
            { "planned_values": { "root_module": { "resources": [
              { "type": "google_compute_region_network_endpoint_group", "name": "run", "values": { "network_endpoint_type": "SERVERLESS" } },
              { "type": "google_compute_backend_service", "name": "chat", "values": { "timeout_sec": 3600, "load_balancing_scheme": "EXTERNAL_MANAGED", "backend": [ { "balancing_mode": "UTILIZATION" } ] } },
              { "type": "google_cloud_run_v2_service", "name": "chat", "values": { "template": [ { "timeout": "300s", "scaling": [ { "max_instance_count": 5 } ] } ] } } ] } } }
            """;

        var report = LintRun.Run([("plan.json", plan), Server]);

        Assert.Equal("GCP-RUN-TIMEOUT", report.First!.RuleId);
        Assert.Contains("GCP-NEG-TIMEOUT-SET", report.Findings.Select(f => f.Rule.Id));
    }

    [Fact]
    public void A_workflow_and_a_config_map_have_the_lines_of_their_files()
    {
        var report = LintRun.Run(
        [
            (".github/workflows/deploy.yml", "on: push\njobs:\n  deploy:\n    steps:\n      - run: |\n          set -e\n          gcloud run deploy chat --image x\n"),
            ("map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: proxy\ndata:\n  nginx.conf: |\n    server {\n      location /ws {\n        proxy_pass http://app;\n        proxy_read_timeout 1h;\n      }\n    }\n"),
            Server,
        ]);

        Assert.Equal(".github/workflows/deploy.yml:7", report.Findings.First(f => f.Rule.Id == "GCP-RUN-TIMEOUT").Place.ToString());
        var upgrade = report.Findings.First(f => f.Rule.Id == "NGINX-UPGRADE-HEADERS");
        Assert.Equal("map.yaml:8", upgrade.Place.ToString());
        Assert.Contains("\n       location /ws {\n+        proxy_http_version 1.1;", upgrade.Diff);
    }
}
