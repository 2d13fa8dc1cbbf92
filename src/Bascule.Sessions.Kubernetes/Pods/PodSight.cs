using System.Text.Json.Nodes;

namespace Bascule.Sessions.Kubernetes;

/// <summary>Why a pod does not start.</summary>
/// <param name="IsFinal">Waiting does not help; else it is the reason when it has not started in time.</param>
internal sealed record PodTrouble(SessionEnding Ending, string Text, bool IsFinal);

/// <summary>How a pod ended, in the words of a session.</summary>
internal sealed record PodFinish(SessionEnding Ending, string Text, int? ExitCode = null, string? Signal = null)
{
    /// <inheritdoc cref="SessionEnd.RecordingDigest"/>
    internal string? RecordingDigest { get; init; }
}

/// <summary>What a Pod object says about its session. Exactly one of the three is so: it starts, it is ready, it is over.</summary>
/// <param name="Progress">What is going on while it starts.</param>
/// <param name="Trouble">What keeps it from starting.</param>
/// <param name="Address">Of the pod, once it is ready.</param>
/// <param name="Finish">Set when it is over.</param>
internal sealed record PodSight(string Progress, PodTrouble? Trouble, string? Address, PodFinish? Finish)
{
    internal static PodSight Of(JsonObject pod)
    {
        if (PodEnd.Of(pod) is { } finish)
            return new PodSight("", null, null, finish);
        var status = pod["status"];
        if (status.Text("podIP") is { Length: > 0 } address && Condition(pod, "Ready").Text("status") == "True")
            return new PodSight("", null, address, null);
        var trouble = TroubleOf(pod);
        return new PodSight(trouble?.Text ?? ProgressOf(pod), trouble, null, null);
    }

    internal static JsonObject? Condition(JsonObject pod, string type) =>
        pod.Items("status", "conditions").FirstOrDefault(condition => condition.Text("type") == type);

    private static PodTrouble? TroubleOf(JsonObject pod)
    {
        if (Condition(pod, "PodScheduled") is { } scheduled && scheduled.Text("status") == "False")
        {
            // A node may be added, or room may come: it is waited for.
            return new PodTrouble(SessionEndings.Unschedulable, $"No node takes the pod: {scheduled.Text("message") ?? scheduled.Text("reason") ?? "no reason given"}", false);
        }

        return pod.Items("status", "initContainerStatuses").Concat(pod.Items("status", "containerStatuses"))
            .Select(container => WaitingTrouble(container, container.At("state", "waiting")))
            .FirstOrDefault(trouble => trouble is not null);
    }

    private static PodTrouble? WaitingTrouble(JsonObject container, JsonNode? waiting)
    {
        var text = waiting.Text("message");
        var image = container.Text("image");
        return waiting.Text("reason") switch
        {
            // The first failure may be a registry that is busy; the back-off comes after the second.
            "ErrImagePull" => new PodTrouble(SessionEndings.ImagePull, Said($"The image {image} could not be pulled", text), false),
            "ImagePullBackOff" or "ErrImageNeverPull" or "InvalidImageName" or "ImageInspectError" or "RegistryUnavailable" or "SignatureValidationFailed" =>
                new PodTrouble(SessionEndings.ImagePull, Said($"The image {image} cannot be pulled", text), true),
            "CreateContainerConfigError" => new PodTrouble(SessionEndings.StartFailed, Said("The container's settings cannot be used", text), true),
            "CreateContainerError" or "RunContainerError" or "CrashLoopBackOff" or "PostStartHookError" or "PreStartHookError" =>
                new PodTrouble(SessionEndings.StartFailed, Said("The container cannot be started", text), true),
            _ => null,
        };
    }

    private static string ProgressOf(JsonObject pod)
    {
        var container = pod.Items("status", "containerStatuses").FirstOrDefault();
        if (container.At("state", "running") is not null)
            return "The agent in the pod is starting.";
        if (container.Text("state", "waiting", "reason") is "ContainerCreating")
            return $"The image {container.Text("image")} is being fetched and the container made.";
        if (container.Text("state", "waiting", "reason") is "PodInitializing")
            return "The pod is being prepared.";
        return Condition(pod, "PodScheduled").Text("status") == "True"
            ? $"The pod is on node {pod.Text("spec", "nodeName")} and is being prepared."
            : "A node is being looked for.";
    }

    private static string Said(string what, string? text) => string.IsNullOrEmpty(text) ? what + "." : $"{what}: {text}";
}
