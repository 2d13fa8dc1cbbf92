namespace Bascule.Settings;

/// <summary>Sessions as pods: the API server can be found, and every profile has an image.</summary>
internal static class SessionKubernetesRules
{
    private const string Section = "sessions.kubernetes";

    private static readonly string[] Owners = ["configmaps", "deployments", "statefulsets", "pods", "services", "serviceaccounts"];

    internal static void Check(RuleContext context, SessionSettings sessions)
    {
        var kubernetes = sessions.Kubernetes;
        foreach (var (name, _) in sessions.Profiles.Where(p => p.Value.Image is null && kubernetes.Image is null))
            context.Missing($"sessions.profiles.{name}.image", $"is missing, and so is {Section}.image: there is no image for its pods", "Name one of the two.");
        if (kubernetes.ApiServer is { } url && !(Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed.Scheme is "http" or "https" && parsed.UserInfo.Length == 0))
            context.Fault($"{Section}.apiServer", "is not the URL of an API server", "Write https://HOST:PORT, without a user.");
        if (kubernetes.Kubeconfig is { } file && !context.FileExists(file))
            context.Fault($"{Section}.kubeconfig", "names a file that does not exist", "Give the path of a kubeconfig, or leave it out inside a cluster.");
        if (kubernetes.Owner is { } owner && !(owner.Split('/') is [var resource, { Length: > 0 }] && Owners.Contains(resource)))
            context.Fault($"{Section}.owner", "is not RESOURCE/NAME", $"Write deployments/bascule or configmaps/bascule-sessions; it must be in the namespace of the pods. Resources are {string.Join(", ", Owners)}.");
        if (kubernetes.ImagePullPolicy is { } policy and not ("Always" or "IfNotPresent" or "Never"))
            context.Fault($"{Section}.imagePullPolicy", $"is \"{policy}\", which Kubernetes does not know", "Write Always, IfNotPresent or Never.");
        foreach (var name in kubernetes.Labels.Keys.Where(name => name.StartsWith("bascule.io/", StringComparison.Ordinal) || name == "app.kubernetes.io/managed-by"))
            context.Fault($"{Section}.labels", $"holds {name}, by which Bascule knows its pods", "Choose another name.");
    }
}
