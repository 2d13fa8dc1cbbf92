namespace Bascule.Diagnostics;

/// <summary>Rules about App Runner, API Gateway, CloudFront and functions.</summary>
internal static class AwsEdgeRules
{
    internal static readonly IReadOnlyList<LintRule> All =
    [
        new("AWS-APPRUNNER-WS", Severity.Error, Breaks.Handshake, "App Runner in Terraform, in files of its own, and in URLs")
        {
            Why = "App Runner does not pass WebSocket upgrades: its router refuses them before they reach the container, so no change of the application helps.",
            Symptom = "Every handshake gets 403 with an empty body; the browser shows 1006, and the container's log shows nothing.",
            Fix = "Move the endpoint: ECS behind an application load balancer, API Gateway with WebSocket routes; or use SSE in slices below 120 s.",
            Facts = ["aws-apprunner-no-ws", "aws-apprunner-http1-120s", "aws-apprunner-closed-2026", "aws-apprunner-edge-envoy"],
            Check = d => d.Terraform.Of("aws_apprunner_service").Select(r => new LintHit(r.Place, $"{r.Name} is an App Runner service, and WebSockets are used"))
                .Concat(d.Files.Where(f => f.Name is "apprunner.yaml" or "apprunner.yml").Select(f => new LintHit(new Place(f.Path, 1), "this is an App Runner service, and WebSockets are used")))
                .Concat(d.Commands.Where(c => c.Starts("aws", "apprunner")).Select(c => new LintHit(c.Place, "this deploys an App Runner service, and WebSockets are used")))
                .Concat(SocketHosts(d, ".awsapprunner.com").Select(v => new LintHit(v.Place, $"{v.Key} points to the App Runner service {SafeText.HostOf(v.Value)}"))),
            Fires = new LintExample((".env", "VITE_WS_URL=wss://abc123.us-east-1.awsapprunner.com/term\n")),
            Silent = new LintExample((".env", "VITE_WS_URL=wss://term.example.com/term\n")),
        },
        new("APPRUNNER-WEBSOCKET-ONLY", Severity.Error, Breaks.Handshake, "Socket.IO clients of App Runner services")
        {
            Why = "Polling was the only transport that App Runner carries; with WebSocket alone nothing is left.",
            Symptom = "Clients that worked, slowly, no longer connect at all.",
            Fix = "Allow polling until the endpoint has moved.",
            Facts = ["aws-apprunner-no-ws", "aws-apprunner-http1-120s"],
            IsWrongFix = true,
            Check = d => from file in d.Sources
                         let at = file.Text.IndexOf("transports", StringComparison.Ordinal)
                         where at >= 0 && file.Text.AsSpan(at, Math.Min(60, file.Text.Length - at)).Contains("websocket", StringComparison.Ordinal) && !file.Text.AsSpan(at, Math.Min(60, file.Text.Length - at)).Contains("polling", StringComparison.Ordinal)
                         where d.Once(static d => d.Terraform.Of("aws_apprunner_service").Any() || d.Files.Any(f => f.Name.StartsWith("apprunner.y", StringComparison.Ordinal))) || file.Text.Contains("awsapprunner.com", StringComparison.Ordinal)
                         select new LintHit(file.PlaceOf(at), "transports is WebSocket alone, and the service runs on App Runner"),
            Fires = new LintExample(("app.js", "const s = io('https://x.us-east-1.awsapprunner.com', { transports: ['websocket'] });\nnew WebSocket(u);\n")),
            Silent = new LintExample(("app.js", "const s = io('https://x.us-east-1.awsapprunner.com', { transports: ['polling', 'websocket'] });\nnew WebSocket(u);\n")),
        },
        new("AWS-APIGW-TYPE", Severity.Error, Breaks.Handshake, "API Gateway, against the URL of clients")
        {
            Why = "REST and HTTP APIs cannot upgrade; only the type WEBSOCKET can.",
            Symptom = "Every handshake gets an ordinary answer, mostly 403 or 404.",
            Fix = "Make an API with protocol_type = \"WEBSOCKET\" and routes, or use an application load balancer.",
            Facts = ["aws-apigw-http-no-ws"],
            Check = d => from api in d.Terraform.Of("aws_apigatewayv2_api", "aws_api_gateway_rest_api")
                         where api.Text("protocol_type") != "WEBSOCKET" && !d.Terraform.Of("aws_apigatewayv2_api").Any(a => a.Text("protocol_type") == "WEBSOCKET")
                         where SocketHosts(d, ".amazonaws.com").Any(v => v.Value!.Contains("execute-api", StringComparison.Ordinal))
                         select new LintHit((api.Body["protocol_type"] ?? api.Body).Place, $"API {api.Name} is no WebSocket API, and {SocketHosts(d, ".amazonaws.com").First().Key} ({SocketHosts(d, ".amazonaws.com").First().Place}) opens WebSockets on it"),
            Fires = new LintExample(("main.tf", "resource \"aws_apigatewayv2_api\" \"a\" {\n  protocol_type = \"HTTP\"\n}\n"), (".env", "WS_URL=wss://abc.execute-api.eu-west-1.amazonaws.com/prod\n")),
            Silent = new LintExample(("main.tf", "resource \"aws_apigatewayv2_api\" \"a\" {\n  protocol_type = \"WEBSOCKET\"\n}\n"), (".env", "WS_URL=wss://abc.execute-api.eu-west-1.amazonaws.com/prod\n")),
        },
        new("AWS-APIGW-WS-LIMITS", Severity.Info, Breaks.Connection, "API Gateway with WebSocket routes")
        {
            Why = "It has fixed limits: 10 minutes of silence, 2 hours of life, 128 KB a message, 32 KB a frame.",
            Symptom = "Connections end after 10 silent minutes, or after 2 hours; bigger messages end them with 1009.",
            Fix = "Send something every few minutes, come back before two hours, cut big messages up.",
            Facts = ["aws-apigw-ws-idle-10m", "aws-apigw-ws-2h", "aws-apigw-ws-sizes", "aws-apigw-ws-ping"],
            Check = d => d.Hops.Where(h => h.Kind == HopType.AwsApiGateway && d.Quickest is not { Seconds: < 540 }).Select(h => new LintHit(h.Place, $"{h.Name} has fixed limits, and no heartbeat below 9 minutes was found")),
            Fires = new LintExample(("main.tf", "resource \"aws_apigatewayv2_api\" \"a\" {\n  protocol_type = \"WEBSOCKET\"\n}\n"), Samples.Ping(900)),
            Silent = new LintExample(("main.tf", "resource \"aws_apigatewayv2_api\" \"a\" {\n  protocol_type = \"WEBSOCKET\"\n}\n"), Samples.Ping(300)),
        },
        new("AWS-CF-HEADERS", Severity.Error, Breaks.Handshake, "Terraform aws_cloudfront_distribution")
        {
            Why = "Without an origin request policy CloudFront takes the headers of the handshake out.",
            Symptom = "The origin answers 400 or 426 to every handshake.",
            Fix = "Set origin_request_policy_id to the policy AllViewer, or forward the Sec-WebSocket headers by name.",
            Facts = ["aws-cloudfront-headers"],
            Check = d => from distribution in d.Terraform.Of("aws_cloudfront_distribution")
                         from behaviour in distribution.Body.All("ordered_cache_behavior")
                         where Intent.IsSocketPath(behaviour.Text("path_pattern") ?? "") && behaviour["origin_request_policy_id"] is null && !behaviour.Deep("headers").SelectMany(h => h.Texts).Any(h => h == "*" || h.StartsWith("Sec-WebSocket", StringComparison.OrdinalIgnoreCase))
                         select new LintHit(behaviour.Place, $"the behaviour for {behaviour.Text("path_pattern")} forwards no handshake headers"),
            Fires = new LintExample(("main.tf", "resource \"aws_cloudfront_distribution\" \"cdn\" {\n  ordered_cache_behavior {\n    path_pattern    = \"/ws*\"\n    cache_policy_id = local.disabled\n  }\n}\n")),
            Silent = new LintExample(("main.tf", "resource \"aws_cloudfront_distribution\" \"cdn\" {\n  ordered_cache_behavior {\n    path_pattern             = \"/ws*\"\n    cache_policy_id          = local.disabled\n    origin_request_policy_id = local.all_viewer\n  }\n}\n")),
        },
        new("AWS-LAMBDA-URL", Severity.Error, Breaks.Handshake, "URLs of functions")
        {
            Why = "Function URLs answer one request and cannot upgrade.",
            Symptom = "Every handshake fails, with a status that differs.",
            Fix = "Use API Gateway with WebSocket routes, or a container.",
            Facts = ["aws-lambda-url-no-ws"],
            Check = d => SocketHosts(d, ".on.aws").Where(v => v.Value!.Contains(".lambda-url.", StringComparison.Ordinal)).Select(v => new LintHit(v.Place, $"{v.Key} opens WebSockets on a function URL")),
            Fires = new LintExample((".env", "WS_URL=wss://x.lambda-url.eu-west-1.on.aws\n")),
            Silent = new LintExample((".env", "WS_URL=wss://abc.execute-api.eu-west-1.amazonaws.com/prod\n")),
        },
    ];

    internal static bool RunsOnAppRunner(Deployment deployment) =>
        deployment.Terraform.Of("aws_apprunner_service").Any() || deployment.Files.Any(f => f.Name is "apprunner.yaml" or "apprunner.yml") || SocketHosts(deployment, ".awsapprunner.com").Any();

    /// <summary>Variables that hold a WebSocket URL of such a host.</summary>
    private static IEnumerable<ConfigNode> SocketHosts(Deployment deployment, string ending) =>
        deployment.Variables.Where(v => SafeText.HostOf(v.Value)?.EndsWith(ending, StringComparison.Ordinal) == true && Intent.IsSocketUrl(v.Value!));
}
