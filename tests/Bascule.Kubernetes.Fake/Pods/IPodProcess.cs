using System.Text.Json.Nodes;

namespace Bascule.Kubernetes.Fake;

/// <summary>A container that is to be started for real.</summary>
/// <param name="Address">The pod's own: what it serves on 0.0.0.0, it serves there.</param>
public sealed record PodStart(JsonObject Pod, IReadOnlyList<string> Command, IReadOnlyDictionary<string, string> Environment, string Address)
{
    public static PodStart Of(JsonObject pod, string address)
    {
        var container = pod.Items("spec", "containers").First();
        var environment = container.Items("env").Where(variable => variable.Text("value") is not null)
            .ToDictionary(variable => variable.Text("name")!, variable => Plain(variable.Text("value")!), StringComparer.Ordinal);
        return new PodStart(pod, [.. container.Texts("command").Concat(container.Texts("args")).Select(Plain)], environment, address);
    }

    /// <summary>A doubled sign stands for itself, so that <c>$(NAME)</c> can be written. References are not replaced here.</summary>
    private static string Plain(string text) => text.Replace("$$(", "$(", StringComparison.Ordinal);
}

/// <summary>What stands for a container that runs.</summary>
public interface IPodProcess
{
    /// <summary>Its exit code.</summary>
    Task<int> Exited { get; }

    /// <summary>What it wrote so far.</summary>
    string Log { get; }

    /// <summary>SIGTERM, and SIGKILL when the grace is over.</summary>
    Task StopAsync(TimeSpan grace);
}

/// <summary>Starts what stands for a container; null: nothing runs, and the pod is only said to.</summary>
public delegate Task<IPodProcess?> PodLauncher(PodStart start);
