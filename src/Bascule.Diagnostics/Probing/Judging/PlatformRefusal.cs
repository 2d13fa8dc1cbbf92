namespace Bascule.Diagnostics;

/// <summary>Platforms and servers that cannot carry a WebSocket at all: whatever they answered, this is why.</summary>
internal static class PlatformRefusal
{
    internal static Verdict? Judge(Differential seen)
    {
        if (seen.Author is { Kind: HopKind.FileServer } files)
            return FileServer(seen, files);
        if (seen.IsOn("aws-app-runner") && seen.Full.Status == 403 && seen.Full["X-Envoy-Upstream-Service-Time"].Length == 0)
            return AppRunner(seen);
        if (seen.IsOn("aws-lambda-url"))
            return NotSupported(seen, "an AWS Lambda function URL", "It serves single requests and answers; there is no way for an upgrade.", "API Gateway WebSocket, or a container behind an Application Load Balancer", "aws-lambda-url-no-ws");
        if (seen.IsOn("netlify"))
            return NotSupported(seen, "hosted by Netlify", "Netlify runs no WebSocket servers, and its rewrites do not carry upgrades.", "connect to the host of the WebSocket server itself", "netlify-no-ws");
        if (seen.IsOn("aws-api-gateway") && seen.Full.Status is 400 or 404 && seen.Full["X-Amz-Apigw-Id"].Length + seen.Full["Apigw-Requestid"].Length > 0)
            return NotSupported(seen, "an HTTP or REST API of AWS API Gateway", "Only an API with protocol type WEBSOCKET takes upgrades.", "an API with protocol_type = WEBSOCKET", "aws-apigw-http-no-ws");
        return null;
    }

    private static Verdict AppRunner(Differential seen) => seen.Say(
        "PROBE-403-ENVOY",
        "This host is an AWS App Runner service; App Runner answers 403 to every upgrade.",
        "App Runner does not carry WebSockets: its own router refuses the upgrade before it reaches the container. No change of the application, of Origin rules, IAM or CORS helps; the container's log stays empty.",
        "Serve the WebSocket from somewhere else: ECS Express Mode or Fargate behind an Application Load Balancer, or API Gateway WebSocket. Without moving: SSE or polling, each answer under 120 s.",
        "aws-apprunner-no-ws", "aws-apprunner-edge-envoy", "envoy-403-upgrade-failed", "aws-apprunner-http1-120s");

    private static Verdict FileServer(Differential seen, HopSeen files) => seen.Say(
        "PROBE-SERVER-SIMPLEHTTP",
        $"A file server answers here ({files.Name}, {files.Sign}); it cannot speak WebSocket.",
        "It takes the upgrade for a request for a file. Time limits, affinity and headers do not matter until a WebSocket server runs in its place.",
        "Start the real server in this container or on this port, or send the path to where it runs.",
        "python-http-server");

    private static Verdict NotSupported(Differential seen, string what, string why, string instead, string fact) => seen.Say(
        "PROBE-PLATFORM", $"This host is {what}, which cannot carry WebSockets; it answered {seen.Full.Status}.", why, $"Instead: {instead}.", fact);
}
