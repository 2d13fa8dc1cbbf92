using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bascule.Sessions.Kubernetes;

/// <summary>Reads from a Pod object how it ended.</summary>
internal static class PodEnd
{
    // Exit codes above say by which signal a program ended (shells, and the agent).
    private const int SignalBase = 128;

    // As shells say it, and the agent when it cannot start the command.
    private const int NotFound = 127;

    // The first signal of an agent that is asked to go, to its command.
    private const int HungUp = SignalBase + 1;
    private const int Killed = SignalBase + 9;
    private const int Terminated = SignalBase + 15;

    private const string OutOfMemory = "OOMKilled";

    // Said of pods on nodes that nobody hears any more: their deletion may never be confirmed, and they stay.
    private static readonly string[] NodeGone = ["DeletionByTaintManager", "DeletionByPodGC"];

    // StartError: the runtime could not run the program at all.
    private static readonly string[] StartFaults = ["StartError", "ContainerCannotRun"];

    private static readonly Dictionary<int, string> Signals = new()
    {
        [1] = "SIGHUP", [2] = "SIGINT", [3] = "SIGQUIT", [4] = "SIGILL", [6] = "SIGABRT", [7] = "SIGBUS", [8] = "SIGFPE", [9] = "SIGKILL",
        [11] = "SIGSEGV", [13] = "SIGPIPE", [14] = "SIGALRM", [15] = "SIGTERM", [24] = "SIGXCPU", [25] = "SIGXFSZ",
    };

    /// <returns>Null while it is not over.</returns>
    internal static PodFinish? Of(JsonObject pod)
    {
        var phase = pod.Text("status", "phase");
        var ended = pod.Items("status", "containerStatuses").Select(container => container.At("state", "terminated")).FirstOrDefault(state => state is not null);
        if (IsDisrupted(pod, out var disruption) && pod.Text("metadata", "deletionTimestamp") is not null && NodeGone.Contains(disruption.Text("reason")))
            return OfDisruption(disruption);
        if (phase == "Failed" && OfPod(pod) is { } finish)
            return finish;
        if (ended is not null)
            return WasAskedToGo(pod, ended) ? OfDeletion(pod) : OfContainer(ended);
        return phase switch
        {
            "Succeeded" => new PodFinish(SessionEndings.Exited, "The command exited with code 0.", 0),
            "Failed" => new PodFinish(SessionEndings.HostLost, Text(pod) ?? "The pod failed, and Kubernetes does not say why."),
            "Unknown" => new PodFinish(SessionEndings.HostLost, Text(pod) ?? $"Nothing is heard of node {pod.Text("spec", "nodeName")} any more."),
            _ => null,
        };
    }

    /// <summary>Of a pod that is gone from the API, by the last that was seen of it.</summary>
    internal static PodFinish OfGone(JsonObject last) => Of(last) ?? OfDeletion(last);

    private static PodFinish OfDeletion(JsonObject pod) => IsDisrupted(pod, out var disruption)
        ? OfDisruption(disruption)
        : new PodFinish(SessionEndings.Deleted, $"The pod {PodNames.NameOf(pod)} was deleted from Kubernetes.");

    /// <summary>The signal that ended it was Kubernetes' own, or what the agent made of it, on the way to remove the pod: not a fault of the command. A limit that the agent tells of came before.</summary>
    private static bool WasAskedToGo(JsonObject pod, JsonNode ended) =>
        pod.Text("metadata", "deletionTimestamp") is not null
        && ended.Number("exitCode") is HungUp or Killed or Terminated
        && ended.Text("reason") != OutOfMemory
        && (AgentExit.Parse(ended.Text("message")?.Trim()) is not { } told || told.Ending == SessionEndings.Signalled || told.Ending == SessionEndings.HostStopping);

    /// <summary>Reasons that the kubelet or a controller gives for the pod as a whole.</summary>
    private static PodFinish? OfPod(JsonObject pod)
    {
        var text = Text(pod);
        return pod.Text("status", "reason") switch
        {
            "Evicted" or "Preempted" or "Preempting" => new PodFinish(SessionEndings.Evicted, text ?? "The pod was put out of its node."),
            "DeadlineExceeded" => new PodFinish(SessionEndings.MaximumLife, text ?? "The pod reached its longest life."),
            "NodeLost" or "NodeShutdown" or "Shutdown" or "Terminated" or "NodeNotReady" =>
                new PodFinish(SessionEndings.HostLost, text ?? $"Node {pod.Text("spec", "nodeName")} went away."),
            "NodeAffinity" or "UnexpectedAdmissionError" or "OutOfcpu" or "OutOfmemory" or "OutOfpods" or "OutOfephemeral-storage" =>
                new PodFinish(SessionEndings.Unschedulable, text ?? "The node did not take the pod."),
            _ => IsDisrupted(pod, out var disruption) ? OfDisruption(disruption) : null,
        };
    }

    private static bool IsDisrupted(JsonObject pod, out JsonObject? disruption)
    {
        disruption = PodSight.Condition(pod, "DisruptionTarget");
        return disruption.Text("status") == "True";
    }

    private static PodFinish OfDisruption(JsonObject? disruption)
    {
        var text = disruption.Text("message") ?? disruption.Text("reason") ?? "The pod was disrupted.";
        return NodeGone.Contains(disruption.Text("reason"))
            ? new PodFinish(SessionEndings.HostLost, text)
            : new PodFinish(SessionEndings.Evicted, text);
    }

    private static PodFinish OfContainer(JsonNode ended)
    {
        var code = ended.Number("exitCode") ?? 0;
        var reason = ended.Text("reason");
        var message = ended.Text("message")?.Trim();
        if (reason == OutOfMemory)
            return new PodFinish(SessionEndings.OutOfMemory, "The session used more memory than its limit, and the kernel ended it.", code, "SIGKILL");
        if (StartFaults.Contains(reason, StringComparer.Ordinal))
        {
            return new PodFinish(SessionEndings.StartFailed,
                $"The container's program could not be run; the image must have the agent, or legacyExec must be set. {message}".TrimEnd());
        }

        if (AgentExit.Parse(message) is { } told)
            return told;
        if (code == NotFound && !string.IsNullOrEmpty(message))
            return new PodFinish(SessionEndings.CommandNotFound, message.Split('\n')[^1], code);
        var signal = (ended.Number("signal") is { } number and > 0 ? number : code - SignalBase) is var s and > 0 && Signals.TryGetValue(s, out var name) ? name : null;
        return signal is not null
            ? new PodFinish(SessionEndings.Signalled, $"{signal} ended the command.", code, signal)
            : new PodFinish(SessionEndings.Exited, string.Create(CultureInfo.InvariantCulture, $"The command exited with code {code}."), code);
    }

    private static string? Text(JsonObject pod) => pod.Text("status", "message") is { Length: > 0 } text ? text : null;
}

/// <summary>What the agent itself says about the end: its exit frame, as JSON.</summary>
internal static class AgentExit
{
    private static readonly string[] Orders = ["deleted", "deadline", "idle", "maximum_life", "detached", "host_stopping"];

    /// <summary>Why a terminal is to be ended, in the words that an agent takes.</summary>
    internal static string CauseOf(SessionEnding why) => Orders.Contains(why.Label, StringComparer.Ordinal) ? why.Label : SessionEndings.Deleted.Label;

    /// <returns>Null for anything that is no such text.</returns>
    internal static PodFinish? Parse(string? text)
    {
        if (text is not ['{', ..])
            return null;
        try
        {
            return Of(JsonNode.Parse(text));
        }
        catch (JsonException)
        {
            // The last line of some program's log that begins with a brace.
            return null;
        }
    }

    internal static PodFinish? Of(JsonNode? exit)
    {
        var (code, signal) = (exit.Number("code"), exit.Text("signal"));
        // Causes are written as in the exit frame: snake_case or one word, whatever its capitals.
        return exit.Text("cause")?.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant() switch
        {
            "exited" => new PodFinish(SessionEndings.Exited, $"The command exited with code {code}.", code),
            "signalled" => new PodFinish(SessionEndings.Signalled, $"{signal ?? "A signal"} ended the command.", code, signal),
            "deadline" => new PodFinish(SessionEndings.Deadline, SessionEndings.Deadline.Advice, code, signal),
            "idle" => new PodFinish(SessionEndings.Idle, SessionEndings.Idle.Advice, code, signal),
            "maximumlife" => new PodFinish(SessionEndings.MaximumLife, SessionEndings.MaximumLife.Advice, code, signal),
            "detached" => new PodFinish(SessionEndings.Detached, SessionEndings.Detached.Advice, code, signal),
            "deleted" => new PodFinish(SessionEndings.Deleted, SessionEndings.Deleted.Advice, code, signal),
            "hoststopping" => new PodFinish(SessionEndings.HostStopping, SessionEndings.HostStopping.Advice, code, signal),
            "outofmemory" => new PodFinish(SessionEndings.OutOfMemory, SessionEndings.OutOfMemory.Advice, code, signal),
            "startfailed" => new PodFinish(exit.Text("fault") == "command_not_found" ? SessionEndings.CommandNotFound : SessionEndings.StartFailed,
                exit.Text("text") ?? SessionEndings.StartFailed.Advice, code, signal),
            _ => null,
        };
    }
}
