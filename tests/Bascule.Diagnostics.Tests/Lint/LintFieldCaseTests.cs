namespace Bascule.Diagnostics.Tests;

/// <summary>The deployments of the field cases, rebuilt from their descriptions: the first verdict names the true cause.</summary>
public sealed class LintFieldCaseTests
{
    [Fact]
    public void Case_a_the_pod_runs_a_file_server_and_the_image_lacks_kubectl()
    {
        var report = LintRun.Run(
        [
            ("server/index.js", "const { WebSocketServer } = require('ws');\nconst { execSync } = require('child_process');\nconst sessions = new Map();\nfunction create(id) {\n  execSync(`kubectl run session-${id} --image=python:3.12 -- python -m http.server 8080`);\n  sessions.set(id, Date.now());\n}\n"),
            ("server/Dockerfile", "FROM node:22-slim\nWORKDIR /app\nCOPY . .\nCMD [\"node\", \"index.js\"]\n"),
            ("k8s/session.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: session\nspec:\n  containers:\n    - name: session\n      image: python:3.12\n      command: [\"python\", \"-m\", \"http.server\", \"8080\"]\n"),
            ("k8s/web.env", "FRONTEND_URL=https://admin.example.com\nWEBSOCKET_PUBLIC_URL=ws://admin.example.com/ws\n"),
            ("deploy.sh", "gcloud run deploy gamgui --image x --timeout=3600 --max-instances=5\n"),
        ]);

        Assert.Equal("APP-NOT-WS-SERVER", report.First!.RuleId);
        Contains(report, "IMAGE-WITHOUT-KUBECTL", "APP-KUBECTL-SHELLOUT", "APP-INMEMORY-MULTI", "ENV-SCHEME-MISMATCH");
    }

    [Fact]
    public void Case_b_the_host_is_an_app_runner_service()
    {
        var report = LintRun.Run(
        [
            ("frontend/.env.production", "VITE_WS_URL=wss://abc123.us-east-1.awsapprunner.com/terminal\n"),
            ("backend/apprunner.yaml", "version: 1.0\nruntime: nodejs18\nrun:\n  command: node server.js\n"),
            ("backend/server.js", "const { WebSocketServer } = require('ws');\nsetInterval(() => wss.clients.forEach(c => c.ping()), 25000);\n"),
        ]);

        Assert.Equal("AWS-APPRUNNER-WS", report.First!.RuleId);
        Assert.Contains("403", report.First.Symptom);
    }

    [Fact]
    public void Case_c_the_deploy_script_writes_over_the_mode()
    {
        var report = LintRun.Run(
        [
            (".env", "WS_MODE=multi\nWS_SHARDS=3\nKAFKA_BROKERS=kafka:9092\nJWT_SECRET=hunter2-very-secret\n"),
            ("scripts/deploy.sh", "#!/usr/bin/env bash\nset -e\ngit pull\nprintf 'WS_MODE=single\\nKAFKA_BROKERS=kafka:9092\\n' > .env\ndocker compose up -d --build\n"),
            ("docker-compose.yml", "services:\n  lb:\n    image: ws-lb\n    ports: [\"3005:3005\"]\n    env_file: .env\n  shard-1:\n    image: ws-shard\n    ports: [\"3002:3002\"]\n"),
            ("lb/main.go", "package main\nimport \"github.com/gorilla/websocket\"\nvar pingPeriod = 20 * time.Second\n"),
        ]);

        Assert.Equal("ENV-OVERWRITE", report.First!.RuleId);
        Assert.Contains("WS_MODE was multi (.env:1) and becomes single", report.First.Seen);
        Assert.Contains("WS_SHARDS, JWT_SECRET are lost", report.First.Seen);
        Assert.StartsWith("scripts/deploy.sh:4", report.First.Headline);
        Assert.Contains("+[ -f .env ] || printf", report.Findings[0].Diff);
        Assert.DoesNotContain("hunter2", LintText.Write(report));
    }

    [Fact]
    public void Case_d_the_true_causes_come_before_the_wrong_fixes()
    {
        var report = LintRun.Run(
        [
            ("terraform/lb.tf", CaseD),
            ("scripts/deploy.sh", "gcloud run deploy chat \\\n  --image gcr.io/p/chat \\\n  --cpu-throttling \\\n  --max-instances=20 --concurrency=100 \\\n  --min-instances=1\n"),
            (".env.staging", "APP=chat\nWEBSOCKET_HEARTBEAT_INTERVAL=25\nWEBSOCKET_STALE_TIMEOUT=900\nWEBSOCKET_TIMEOUT=86400\n"),
            (".env.production", "APP=chat\n"),
            ("app/main.py", "from fastapi import FastAPI, WebSocket\n@app.websocket(\"/ws\")\nasync def chat(websocket: WebSocket):\n    await websocket.accept()\n"),
        ]);

        var ids = report.Findings.Select(f => f.Rule.Id).ToList();
        Assert.Equal("GCP-ARMOR-RATE-KEY-ALL", ids[0]);
        Assert.Equal("GCP-RUN-TIMEOUT", report.Findings.First(f => f.Rule.Breaks == Breaks.Connection).Rule.Id);
        string[] wrong = ["GCP-NEG-TIMEOUT-SET", "GCP-LB-HOPBYHOP-HEADERS", "GCP-NEG-AFFINITY-IGNORED", "GCP-RUN-CPU-IDLE-BACKGROUND", "GCP-RUN-MIN-INSTANCES"];
        Contains(report, [.. wrong, "PATH-LIFETIME-CONTRADICTION", "ENV-MISSING-KEY"]);
        var errors = report.Findings.Where(f => f.Severity == Severity.Error).ToList();
        Assert.True(errors.FindLastIndex(f => !f.Rule.IsWrongFix) < errors.FindIndex(f => f.Rule.IsWrongFix), string.Join(", ", ids));
    }

    private const string CaseD = """
        resource "google_compute_region_network_endpoint_group" "run" {
          network_endpoint_type = "SERVERLESS"
          cloud_run {
            service = "chat"
          }
        }

        resource "google_compute_backend_service" "chat" {
          load_balancing_scheme = "EXTERNAL_MANAGED"
          protocol              = "HTTPS"
          timeout_sec           = var.ws_timeout
          session_affinity      = "GENERATED_COOKIE"
          custom_request_headers = [
            "Connection: upgrade",
            "Upgrade: websocket",
          ]
          backend {
            group = google_compute_region_network_endpoint_group.run.id
          }
          security_policy = google_compute_security_policy.armor.id
        }

        variable "ws_timeout" {
          default = 86400
        }

        resource "google_compute_security_policy" "armor" {
          rule {
            action   = "throttle"
            priority = 1000
            match {
              versioned_expr = "SRC_IPS_V1"
              config { src_ip_ranges = ["*"] }
            }
            rate_limit_options {
              conform_action = "allow"
              exceed_action  = "deny(429)"
              rate_limit_threshold {
                count        = 100
                interval_sec = 60
              }
            }
          }
        }
        """;

    private static void Contains(LintReport report, params string[] ids) => Assert.All(ids, id => Assert.Contains(id, report.Findings.Select(f => f.Rule.Id)));
}
