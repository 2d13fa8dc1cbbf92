namespace Bascule.Diagnostics.Tests;

/// <summary>One repository with several services, one of which carries WebSockets: the others are left alone.</summary>
public sealed class LintIntentTests
{
    private static readonly (string, string) Chat = ("chat/server.js", "const { WebSocketServer } = require('ws');\nconst wss = new WebSocketServer({ port: 8080 });\nsetInterval(() => wss.clients.forEach(c => c.ping()), 20000);\n");
    private static readonly (string, string) Api = ("api/index.js", "require('express')().listen(8080);\n");

    [Fact]
    public void A_plain_Compose_service_is_left_alone()
    {
        const string dockerfile = "FROM node:22\nCOPY . .\nCMD npm start\n";

        var report = LintRun.Run(
        [
            Chat, Api, ("chat/Dockerfile", dockerfile), ("api/Dockerfile", dockerfile),
            ("compose.yaml", "services:\n  chat:\n    build: ./chat\n    ulimits: { nofile: 512 }\n  api:\n    build: ./api\n    ulimits: { nofile: 512 }\n  db:\n    image: postgres:17\n    ulimits: { nofile: 512 }\n"),
        ]);

        Assert.Equal([("HOST-NOFILE", "compose.yaml:4")], Places(report));
        Assert.Equal(["chat/Dockerfile:3"], report.Findings.Where(f => f.Rule.Id == "DOCKER-SHELL-ENTRYPOINT").Select(f => f.Place.ToString()));
        Assert.Contains("No sign of them in api/Dockerfile (api/Dockerfile:1), api (compose.yaml:5), db (compose.yaml:8): left alone.", LintText.Write(report));
    }

    [Fact]
    public void A_plain_workload_is_left_alone_by_its_image_or_by_the_path_that_leads_to_it()
    {
        static string Workload(string name) =>
            $"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  template:\n    metadata:\n      labels: {{ app: {name} }}\n    spec:\n      containers:\n        - name: main\n          image: registry.example.com/shop/{name}:1\n---\n";
        const string ingress = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: all\nspec:\n  ingressClassName: traefik\n  rules:\n    - http:\n        paths:\n          - path: /ws\n            backend: { service: { name: chat } }\n          - path: /orders\n            backend: { service: { name: orders } }\n";

        var report = LintRun.Run([Chat, Api, ("k8s/all.yaml", Workload("chat") + Workload("api") + Workload("orders") + ingress)]);

        Assert.Equal([("K8S-GRACE", "k8s/all.yaml:2")], Places(report));
    }

    [Fact]
    public void A_plain_Cloud_Run_service_and_the_backend_before_it_are_left_alone()
    {
        static string Run(string name) =>
            $"resource \"google_cloud_run_v2_service\" \"{name}\" {{\n  template {{\n    timeout = \"60s\"\n    session_affinity = true\n    containers {{ image = \"gcr.io/p/{name}\" }}\n  }}\n}}\n"
            + $"resource \"google_compute_region_network_endpoint_group\" \"{name}\" {{\n  network_endpoint_type = \"SERVERLESS\"\n  cloud_run {{ service = google_cloud_run_v2_service.{name}.name }}\n}}\n"
            + $"resource \"google_compute_backend_service\" \"{name}\" {{\n  load_balancing_scheme = \"EXTERNAL_MANAGED\"\n  session_affinity = \"GENERATED_COOKIE\"\n  backend {{ group = google_compute_region_network_endpoint_group.{name}.id }}\n}}\n";

        var report = LintRun.Run([Chat, Api, ("infra/chat.tf", Run("chat")), ("infra/api.tf", Run("api"))]);

        Assert.NotEmpty(report.Findings);
        Assert.All(report.Findings.Where(f => !f.Rule.IsForAll), f => Assert.Equal("infra/chat.tf", f.Place.File));
    }

    [Theory]
    [InlineData("/ws/", true)]
    [InlineData("/", false)]
    public void Headers_of_a_whole_nginx_server_make_no_PHP_and_no_login_a_socket(string path, bool isNamed)
    {
        var nginx = "map $http_upgrade $connection_upgrade {\n  default upgrade;\n  '' close;\n}\nserver {\n  proxy_http_version 1.1;\n  proxy_set_header Upgrade $http_upgrade;\n  proxy_set_header Connection $connection_upgrade;\n"
            + $"  location {path} {{\n    proxy_pass http://chat:8080;\n    proxy_read_timeout 1h;\n  }}\n"
            + "  location = /login {\n    limit_req zone=login burst=5;\n    proxy_pass http://chat:8080;\n    proxy_read_timeout 1h;\n  }\n  location ~ \\.php$ {\n    fastcgi_pass php:9000;\n  }\n}\n";

        var found = LintRun.Run([Chat, ("nginx.conf", nginx)]).Findings.Where(f => f.Place.File == "nginx.conf").Select(f => f.Rule.Id).ToList();

        Assert.DoesNotContain("NGINX-NON-HTTP-PASS", found);
        Assert.Equal(!isNamed, found.Contains("NGINX-LIMIT"));
    }

    [Theory]
    [InlineData("  use_backend ws if { hdr(Upgrade) -i websocket }\n", true)]
    [InlineData("  acl is_ws hdr(Upgrade) -i websocket\n  acl is_chat hdr(Host) chat.example.com\n  use_backend ws if is_ws is_chat\n", true)]
    [InlineData("  use_backend ws if { path_beg /ws }\n", true)]
    [InlineData("  use_backend ws if { path_beg /shop }\n", false)]
    public void A_backend_of_HAProxy_beside_the_one_for_sockets_is_left_alone(string choice, bool isLeftAlone)
    {
        var haproxy = $"frontend web\n  bind :80\n{choice}  use_backend grpc if {{ path_beg /grpc }}\n  default_backend pages\nbackend ws\n  timeout tunnel 1h\n  server s1 10.0.0.1:8080\n"
            + "backend grpc\n  server s2 10.0.0.2:8080 proto h2\nbackend pages\n  http-request del-header Upgrade\n  server s3 10.0.0.3:8080\n";

        var found = LintRun.Run([Chat, ("haproxy.cfg", haproxy)]).Findings.Select(f => f.Rule.Id).Where(id => id is "HAPROXY-DEL-UPGRADE" or "HAPROXY-H2-BACKEND-WS").Order(StringComparer.Ordinal);

        Assert.Equal(isLeftAlone ? [] : ["HAPROXY-DEL-UPGRADE", "HAPROXY-H2-BACKEND-WS"], found);
    }

    [Fact]
    public void A_target_group_is_what_the_task_behind_it_is()
    {
        static string Service(string name) =>
            $"resource \"aws_lb_target_group\" \"{name}\" {{\n  target_type      = \"ip\"\n  protocol_version = \"HTTP2\"\n}}\n"
            + $"resource \"aws_ecs_task_definition\" \"{name}\" {{\n  container_definitions = jsonencode([{{ name = \"main\", image = \"123.dkr.ecr.eu-west-1.amazonaws.com/{name}:7\", stopTimeout = 120 }}])\n}}\n"
            + $"resource \"aws_ecs_service\" \"{name}\" {{\n  task_definition = aws_ecs_task_definition.{name}.arn\n  load_balancer {{ target_group_arn = aws_lb_target_group.{name}.arn }}\n}}\n";

        var report = LintRun.Run([Chat, Api, ("infra/chat.tf", Service("chat")), ("infra/api.tf", Service("api"))]);

        Assert.Contains(("AWS-ALB-TG-HTTP2", "infra/chat.tf:3"), Places(report));
        Assert.All(report.Findings, f => Assert.Equal("infra/chat.tf", f.Place.File));
    }

    [Fact]
    public void A_plain_site_of_nginx_is_left_alone_unless_it_leads_to_the_same_servers()
    {
        const string sites = "server {\n  server_name ws.example.com;\n  location /ws {\n    proxy_pass http://chat:8080;\n    proxy_read_timeout 1h;\n  }\n}\nserver {\n  server_name api.example.com;\n  location / {\n    proxy_pass http://api:8080;\n  }\n}\nserver {\n  server_name old.example.com;\n  location / {\n    proxy_pass http://chat:8080;\n    proxy_read_timeout 1h;\n  }\n}\n";

        var report = LintRun.Run([("nginx.conf", sites)]);

        Assert.Equal([("NGINX-UPGRADE-HEADERS", "nginx.conf:16"), ("NGINX-UPGRADE-HEADERS", "nginx.conf:3")], Places(report));
    }

    [Fact]
    public void A_plain_backend_of_HAProxy_is_left_alone()
    {
        var report = LintRun.Run([("haproxy.cfg", "defaults\n  mode http\n  timeout client 30s\n  timeout server 30s\nfrontend web\n  bind :80\n  acl is_ws path_beg /ws\n  use_backend chat if is_ws\n  default_backend api\nbackend chat\n  server s1 10.0.0.1:8080\nbackend api\n  server s1 10.0.0.2:8080\n")]);

        Assert.Equal([("HAPROXY-TUNNEL-TIMEOUT", "haproxy.cfg:4")], Places(report));
        Assert.Contains("HAProxy backend chat", report.Findings[0].Seen);
    }

    [Fact]
    public void Where_no_service_can_be_told_from_another_all_of_them_may_carry_WebSockets()
    {
        var report = LintRun.Run([("page.js", "const ws = new WebSocket(url);\nws.onclose = () => reconnect(Math.random());\n"), ("one.sh", "gcloud run deploy one --image gcr.io/p/one\n"), ("two.sh", "gcloud run deploy two --image gcr.io/p/two\n")]);

        Assert.Equal(["one.sh:1", "two.sh:1"], report.Findings.Where(f => f.Rule.Id == "GCP-RUN-TIMEOUT").Select(f => f.Place.ToString()));
        Assert.Empty(report.Plain);
    }

    [Fact]
    public void A_service_whose_language_is_not_read_counts_as_one_that_may_carry_them()
    {
        var report = LintRun.Run([Chat, ("relay/Cargo.toml", "[package]\nname = \"relay\"\n"), ("relay/build.py", "print(1)\n"), ("a.sh", "gcloud run deploy relay --image gcr.io/p/relay\n")]);

        Assert.Contains(report.Findings, f => f.Rule.Id == "GCP-RUN-TIMEOUT");
    }

    [Fact]
    public void Who_says_that_WebSockets_are_carried_means_every_service()
    {
        (string, string)[] files = [Chat, Api, ("api.sh", "gcloud run deploy api --image gcr.io/p/api\n")];

        var (told, assumed) = (LintRun.Run(files), LintRun.Run(files, new LintOptions(AssumeWebSockets: true)));

        Assert.DoesNotContain(told.Findings, f => f.Rule.Id == "GCP-RUN-TIMEOUT");
        Assert.Contains(assumed.Findings, f => f.Rule.Id == "GCP-RUN-TIMEOUT");
    }

    private static IReadOnlyList<(string Rule, string Place)> Places(LintReport report) => [.. report.Findings.Where(f => f.Severity != Severity.Info).Select(f => (f.Rule.Id, f.Place.ToString())).Order()];
}
