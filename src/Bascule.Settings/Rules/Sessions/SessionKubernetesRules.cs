namespace Bascule.Settings;

/// <summary>Sessions as pods: the API server can be found, and every profile has an image.</summary>
internal static class SessionKubernetesRules
{
    private const string Section = "sessions.kubernetes";

    internal static void Check(RuleContext context, SessionSettings sessions)
    {
        var kubernetes = sessions.Kubernetes;
        foreach (var (name, _) in sessions.Profiles.Where(p => p.Value.Image is null && kubernetes.Image is null))
            context.Missing($"sessions.profiles.{name}.image", $"is missing, and so is {Section}.image: there is no image for its pods", "Name one of the two.");
        if (kubernetes.ApiServer is { } url && !(Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed.Scheme is "http" or "https" && parsed.UserInfo.Length == 0))
            context.Fault($"{Section}.apiServer", "is not the URL of an API server", "Write https://HOST:PORT, without a user.");
        if (kubernetes.Kubeconfig is { } file && !context.FileExists(file))
            context.Fault($"{Section}.kubeconfig", "names a file that does not exist", "Give the path of a kubeconfig, or leave it out inside a cluster.");
        if (kubernetes.Owner is { } owner && (owner.Split('/') is not [{ Length: > 0 }, { Length: > 0 }]))
            context.Fault($"{Section}.owner", "is not KIND/NAME", "Write, for example, Deployment/bascule or ConfigMap/bascule-sessions; it must be in the namespace of the pods.");
        foreach (var name in kubernetes.Labels.Keys.Where(name => name.StartsWith("bascule.io/", StringComparison.Ordinal) || name == "app.kubernetes.io/managed-by"))
            context.Fault($"{Section}.labels", $"holds {name}, by which Bascule knows its pods", "Choose another name.");
    }
}
