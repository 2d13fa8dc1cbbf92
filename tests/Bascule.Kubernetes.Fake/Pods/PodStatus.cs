using System.Text.Json.Nodes;

namespace Bascule.Kubernetes.Fake;

/// <summary>Writes the status of a pod as scheduler and kubelet do. Each takes a copy of the pod and gives it back.</summary>
internal static class PodStatus
{
    internal static JsonObject Unschedulable(JsonObject pod, string message, string now) =>
        With(pod, "Pending", [Condition("PodScheduled", "False", now, "Unschedulable", message)]);

    internal static JsonObject Scheduled(JsonObject pod, string node, string now)
    {
        pod.Ensure("spec")["nodeName"] = node;
        With(pod, "Pending", [Condition("Initialized", "True", now), Condition("Ready", "False", now, "ContainersNotReady"), Condition("PodScheduled", "True", now)]);
        return Containers(pod, ready: false, new JsonObject { ["waiting"] = new JsonObject { ["reason"] = "ContainerCreating" } });
    }

    internal static JsonObject Waiting(JsonObject pod, string reason, string message) =>
        Containers(pod, ready: false, new JsonObject { ["waiting"] = new JsonObject { ["reason"] = reason, ["message"] = message } });

    internal static JsonObject Running(JsonObject pod, string address, bool ready, string now)
    {
        With(pod, "Running", [Condition("Initialized", "True", now), Condition("Ready", ready ? "True" : "False", now), Condition("ContainersReady", ready ? "True" : "False", now), Condition("PodScheduled", "True", now)]);
        var status = pod.Ensure("status");
        status["podIP"] = address;
        status["podIPs"] = new JsonArray(new JsonObject { ["ip"] = address });
        status["startTime"] = now;
        return Containers(pod, ready, new JsonObject { ["running"] = new JsonObject { ["startedAt"] = now } });
    }

    internal static JsonObject Terminated(JsonObject pod, int code, string reason, string message, string now)
    {
        With(pod, code == 0 ? "Succeeded" : "Failed", [Condition("Ready", "False", now, "PodCompleted"), Condition("PodScheduled", "True", now)]);
        var state = new JsonObject { ["exitCode"] = code, ["reason"] = reason, ["startedAt"] = now, ["finishedAt"] = now };
        if (message.Length > 0)
            state["message"] = message;
        return Containers(pod, ready: false, new JsonObject { ["terminated"] = state });
    }

    /// <summary>Failed as a whole: the kubelet or a controller did it.</summary>
    internal static JsonObject Failed(JsonObject pod, string reason, string message, JsonObject? condition = null)
    {
        With(pod, "Failed", condition is null ? [] : [condition]);
        var status = pod.Ensure("status");
        status["reason"] = reason;
        status["message"] = message;
        return pod;
    }

    internal static JsonObject Condition(string type, string status, string now, string? reason = null, string? message = null)
    {
        var condition = new JsonObject { ["type"] = type, ["status"] = status, ["lastTransitionTime"] = now, ["lastProbeTime"] = null };
        if (reason is not null)
            condition["reason"] = reason;
        if (message is not null)
            condition["message"] = message;
        return condition;
    }

    private static JsonObject With(JsonObject pod, string phase, JsonObject[] conditions)
    {
        var status = pod.Ensure("status");
        status["phase"] = phase;
        status["conditions"] = new JsonArray([.. conditions]);
        return pod;
    }

    private static JsonObject Containers(JsonObject pod, bool ready, JsonObject state)
    {
        pod.Ensure("status")["containerStatuses"] = new JsonArray([.. pod.Items("spec", "containers").Select(container => new JsonObject
        {
            ["name"] = container.Text("name"),
            ["image"] = container.Text("image"),
            ["imageID"] = "",
            ["ready"] = ready,
            ["restartCount"] = 0,
            ["started"] = ready,
            ["state"] = state.DeepClone(),
        })]);
        return pod;
    }
}
