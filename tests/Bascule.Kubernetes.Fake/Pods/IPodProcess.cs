using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Bascule.Kubernetes.Fake;

/// <summary>A container that is to be started for real.</summary>
/// <param name="Address">The pod's own: what it serves on 0.0.0.0, it serves there.</param>
public sealed partial record PodStart(JsonObject Pod, IReadOnlyList<string> Command, IReadOnlyDictionary<string, string> Environment, string Address)
{
    public static PodStart Of(JsonObject pod, string address)
    {
        var container = pod.Items("spec", "containers").First();
        var environment = container.Items("env").Where(variable => variable.Text("value") is not null)
            .Aggregate(new Dictionary<string, string>(StringComparer.Ordinal), (known, variable) => new(known, StringComparer.Ordinal) { [variable.Text("name")!] = Expanded(variable.Text("value")!, known) });
        return new PodStart(pod, [.. container.Texts("command").Concat(container.Texts("args")).Select(text => Expanded(text, environment))], environment, address);
    }

    /// <summary>As the kubelet does it: <c>$(NAME)</c> is the variable, where there is one; <c>$$</c> is the sign itself.</summary>
    private static string Expanded(string text, Dictionary<string, string> known) => Reference().Replace(text, found =>
        found.Value == "$$" ? "$" : known.GetValueOrDefault(found.Groups["name"].Value, found.Value));

    [GeneratedRegex(@"\$\$|\$\((?<name>[^)]*)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Reference();
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
