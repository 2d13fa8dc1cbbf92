namespace Bascule.Diagnostics;

/// <summary>One Cloud Run service, whichever way it is described. What is null is not set there.</summary>
public sealed record CloudRunService(string Name, Place Place)
{
    public ConfigNode? Timeout { get; init; }

    public ConfigNode? Concurrency { get; init; }

    public ConfigNode? MaxInstances { get; init; }

    public ConfigNode? MinInstances { get; init; }

    public ConfigNode? Affinity { get; init; }

    /// <summary>The port name h2c, or the flag.</summary>
    public ConfigNode? Http2 { get; init; }

    /// <summary>CPU throttling that is written out.</summary>
    public ConfigNode? Throttling { get; init; }

    public ConfigNode? Ingress { get; init; }

    /// <summary>The flag that closes the service to those without an identity token.</summary>
    public ConfigNode? Closed { get; init; }

    /// <summary>False for an update, which leaves what it does not name.</summary>
    public bool IsWhole { get; init; } = true;

    /// <summary>The request timeout in seconds: 300 where it is not set.</summary>
    public double TimeoutSeconds => TimeText.Seconds(Timeout?.Value) ?? 300;

    /// <summary>Null where a value cannot be known, as a variable without a default.</summary>
    public bool IsTimeoutKnown => Timeout is null || TimeText.Seconds(Timeout.Value) is not null;

    public bool HasAffinity => Affinity?.Value is { } text && !text.Equals("false", StringComparison.OrdinalIgnoreCase);

    public static IReadOnlyList<CloudRunService> Read(IEnumerable<KubeObject> objects, Terraform terraform, IEnumerable<ShellCommand> commands) =>
    [
        .. objects.Where(o => o.Kind == "Service" && o.ApiVersion.StartsWith("serving.knative.dev", StringComparison.Ordinal)).Select(OfYaml),
        .. terraform.Of("google_cloud_run_v2_service").Select(OfVersion2),
        .. terraform.Of("google_cloud_run_service").Select(OfVersion1),
        .. commands.Where(c => c.Program == "gcloud" && c.Words.Contains("run") && (c.Words.Contains("deploy") || c.Words.Contains("update"))).Select(OfCommand),
    ];

    private static CloudRunService OfYaml(KubeObject service)
    {
        var (template, annotations) = (service.Body.At("spec", "template", "spec"), service.Body.At("spec", "template", "metadata", "annotations"));
        return new CloudRunService(service.Name, service.Place)
        {
            Timeout = template?["timeoutSeconds"],
            Concurrency = template?["containerConcurrency"],
            MaxInstances = annotations?["autoscaling.knative.dev/maxScale"],
            MinInstances = annotations?["autoscaling.knative.dev/minScale"],
            Affinity = annotations?["run.googleapis.com/sessionAffinity"],
            Throttling = annotations?["run.googleapis.com/cpu-throttling"],
            Ingress = service.Annotation("run.googleapis.com/ingress"),
            Http2 = template?.Deep("ports").SelectMany(p => p.Items).Select(p => p["name"]).FirstOrDefault(n => n?.Value == "h2c"),
        };
    }

    private static CloudRunService OfVersion2(TfResource resource)
    {
        var template = resource.Body["template"];
        return new CloudRunService(resource.Name, resource.Place)
        {
            Timeout = Resolved(resource, template?["timeout"]),
            Concurrency = Resolved(resource, template?["max_instance_request_concurrency"]),
            MaxInstances = Resolved(resource, template?.At("scaling", "max_instance_count")),
            MinInstances = Resolved(resource, template?.At("scaling", "min_instance_count")),
            Affinity = Resolved(resource, template?["session_affinity"]),
            Throttling = Resolved(resource, template?.Deep("cpu_idle").FirstOrDefault()),
            Ingress = Resolved(resource, resource.Body["ingress"]),
            Http2 = template?.Deep("ports").Select(p => p["name"]).FirstOrDefault(n => n?.Value == "h2c"),
        };
    }

    private static CloudRunService OfVersion1(TfResource resource)
    {
        var annotations = resource.Body.At("template", "metadata", "annotations");
        return new CloudRunService(resource.Name, resource.Place)
        {
            Timeout = Resolved(resource, resource.Body.At("template", "spec", "timeout_seconds")),
            Concurrency = Resolved(resource, resource.Body.At("template", "spec", "container_concurrency")),
            MaxInstances = annotations?["autoscaling.knative.dev/maxScale"],
            MinInstances = annotations?["autoscaling.knative.dev/minScale"],
            Affinity = annotations?["run.googleapis.com/sessionAffinity"],
            Throttling = annotations?["run.googleapis.com/cpu-throttling"],
            Ingress = resource.Body.At("metadata", "annotations", "run.googleapis.com/ingress"),
            Http2 = resource.Body.Deep("ports").Select(p => p["name"]).FirstOrDefault(n => n?.Value == "h2c"),
        };
    }

    private static CloudRunService OfCommand(ShellCommand command)
    {
        var at = command.Words.ToList().FindIndex(w => w is "deploy" or "update");
        return new CloudRunService(command.Words.ElementAtOrDefault(at + 1) ?? "", command.Place)
        {
            IsWhole = command.Words.Contains("deploy"),
            Timeout = Flag(command, "--timeout"),
            Concurrency = Flag(command, "--concurrency"),
            MaxInstances = Flag(command, "--max-instances"),
            MinInstances = Flag(command, "--min-instances"),
            Affinity = Flag(command, "--session-affinity"),
            Throttling = Flag(command, "--cpu-throttling") is not null ? new ConfigNode("--cpu-throttling", "true", command.Place) : null,
            Ingress = Flag(command, "--ingress"),
            Http2 = Flag(command, "--use-http2"),
            Closed = Flag(command, "--no-allow-unauthenticated"),
        };
    }

    private static ConfigNode? Flag(ShellCommand command, string name) => command.Flag(name) is { } value ? new ConfigNode(name, value, command.Place) : null;

    private static ConfigNode? Resolved(TfResource resource, ConfigNode? node) => node is null ? null : new ConfigNode(node.Key, resource.From.Resolve(node.Value), node.Place);
}
