using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text.Json.Nodes;
using Bascule.Diagnostics;

namespace Bascule.Sessions.Kubernetes;

/// <summary>Tries the way that clients of sessions go: a TCP connection to the agent of a pod, and a WebSocket on it.</summary>
internal static class PathStep
{
    private const string Id = "path-to-pod";

    // Within a cluster it takes milliseconds; a policy lets packets vanish.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    internal static async Task RunAsync(
        CheckSteps steps, ClusterQuestion question, IReadOnlyList<JsonObject> gateways, IReadOnlyList<JsonObject> sessions, bool isInside, TimeProvider time, CancellationToken cancellation)
    {
        if (question.LegacyExec)
        {
            steps.Skip(Id, "clients come in through the API server's exec");
            return;
        }

        if (sessions.FirstOrDefault(pod => PodSight.Of(pod).Address is not null) is not { } pod)
        {
            steps.Skip(Id, gateways.Count > 0 ? "no pod of a session is ready: start one (bascule session create) and look again" : "no pod of a session is ready");
            return;
        }

        var address = PodSight.Of(pod).Address!;
        using var limit = new CancellationTokenSource(Limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var authority = $"{(address.Contains(':') ? $"[{address}]" : address)}:{question.AgentPort}";
        if (await TcpFaultAsync(address, question.AgentPort, limit.Token, both.Token) is { } fault)
        {
            steps.Found(Id, Unreachable(question, pod, authority, fault, isInside));
            return;
        }

        var url = new Uri($"ws://{authority}/v1/terminals/{pod.Text("metadata", "labels", PodNames.Session)}/attach");
        var (answer, wrong) = await UpgradeAsync(url, both.Token, cancellation);
        if (wrong is null)
            steps.Good(Id, $"{PodNames.NameOf(pod)} at {authority}: TCP, 101, {answer}");
        else
            steps.Found(Id, NoUpgrade(pod, authority, wrong));
    }

    private static async Task<string?> TcpFaultAsync(string address, int port, CancellationToken limit, CancellationToken both)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(address, port, both);
            return null;
        }
        catch (SocketException fault)
        {
            return fault.Message;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return $"no answer within {Limit.TotalSeconds:0} s";
        }
    }

    /// <summary>Without the key of the session: the agent has to open the WebSocket, and to close it with 4401.</summary>
    private static async Task<(string Answer, string? Wrong)> UpgradeAsync(Uri url, CancellationToken limit, CancellationToken cancellation)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        socket.Options.Proxy = null;
        try
        {
            await socket.ConnectAsync(url, limit);
            await socket.ReceiveAsync(new Memory<byte>(new byte[256]), limit);
            return ($"closed with {(int?)socket.CloseStatus} ({socket.CloseStatusDescription}), as without a key", null);
        }
        catch (WebSocketException fault)
        {
            return ("", (int)socket.HttpStatusCode != 0 && socket.State != WebSocketState.Open ? $"status {(int)socket.HttpStatusCode}: {fault.Message}" : fault.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return ("", $"no answer within {Limit.TotalSeconds:0} s");
        }
    }

    private static Verdict Unreachable(ClusterQuestion question, JsonObject pod, string authority, string fault, bool isInside) => new(
        "CLUSTER-POD-UNREACHABLE", isInside ? Severity.Error : Severity.Warning,
        isInside ? $"The agent in pod {PodNames.NameOf(pod)} cannot be reached from here." : "Pods cannot be reached from here, which is outside of the cluster.",
        $"{authority}: {fault}", "The gateway relays its clients straight to the pod's address.",
        "Sessions start and are `running`, and clients are closed with backend_unreachable.",
        isInside
            ? $"Look at the NetworkPolicies of {question.Sessions} (ingress from the gateways on {question.AgentPort}) and of {question.Gateways} (egress to it): deploy/kubernetes/network.yaml. Is the agent's port {question.AgentPort}?"
            : $"Ask from the pod of a gateway: kubectl -n {question.Gateways} exec deploy/bascule -- bascule doctor --cluster", "");

    private static Verdict NoUpgrade(JsonObject pod, string authority, string wrong) => new(
        "CLUSTER-AGENT-NO-UPGRADE", Severity.Error, $"What listens in pod {PodNames.NameOf(pod)} opens no WebSocket.", $"{authority}: {wrong}",
        "Clients of the session are relayed to `bascule agent`, which has to answer 101. Another program has the port, or a sidecar stands before it.", "Clients are closed with backend_refused.",
        "See that the image's agent is `bascule agent` (sessions.kubernetes.image), and that no mesh sidecar is injected into the namespace of the sessions.", "");
}
