namespace Bascule.Diagnostics;

/// <summary>Rules about workloads and services of Kubernetes.</summary>
internal static class ContainerRules
{
    private const double BytesPerSocket = 64 * 1024;
    private const double BytesOfServer = 128 * 1024 * 1024;

    internal static readonly IReadOnlyList<LintRule> All =
    [
        new("K8S-TARGETPORT-MISMATCH", Severity.Error, Breaks.Handshake, "Services, against the pods that they select")
        {
            Why = "The Service sends to a port on which nobody listens, or to no pod at all.",
            Symptom = "Connections are refused; a proxy before it answers 502 or 503.",
            Fix = "Let targetPort be a containerPort (number or name) of the pods.",
            Reference = "https://kubernetes.io/docs/concepts/services-networking/service/#defining-a-service",
            IsForAll = true,
            Check = Mismatches,
            Fires = new LintExample(("a.yaml", Service(8081) + "---\n" + Workload("          ports: [ { containerPort: 8080 } ]\n"))),
            Silent = new LintExample(("a.yaml", Service(8080) + "---\n" + Workload("          ports: [ { containerPort: 8080 } ]\n"))),
        },
        new("K8S-GRACE", Severity.Warning, Breaks.Connection, "Deployments and StatefulSets that carry WebSockets")
        {
            Why = "A pod that goes is killed after 30 s unless told otherwise, and gets new connections for a moment while it already stops.",
            Symptom = "Each rollout cuts connections with 1006, all at once.",
            Fix = "Set terminationGracePeriodSeconds to minutes, a preStop sleep of some seconds, and close with 1001 or 1012 on SIGTERM.",
            Facts = ["k8s-grace-30"],
            Check = d => Workloads(d).Where(w => w.PodSpec!["terminationGracePeriodSeconds"] is null && !w.PodSpec.Deep("preStop").Any())
                .Select(w => new LintHit(w.Place, $"{w.Kind} {w.Name} has neither terminationGracePeriodSeconds nor preStop")),
            Fires = new LintExample(("a.yaml", Workload("")), Samples.Pinging),
            Silent = new LintExample(("a.yaml", Workload("").Replace("    spec:\n      containers", "    spec:\n      terminationGracePeriodSeconds: 300\n      containers", StringComparison.Ordinal)), Samples.Pinging),
        },
        new("K8S-SINGLE-REPLICA", Severity.Info, Breaks.Handshake, "Deployments that carry WebSockets")
        {
            Why = "With one pod, or when all are replaced together, each rollout has a moment without any.",
            Symptom = "Handshakes get 503, or 403 from Envoy Gateway, for some seconds.",
            Fix = "Run two replicas with maxUnavailable: 0.",
            Facts = ["envoy-gateway-no-endpoints-403"],
            Check = d => Workloads(d).Where(w => w.Body.Text("spec", "strategy", "type") == "Recreate" || (w.Kind == "Deployment" && w.Body.Text("spec", "replicas") == "1"))
                .Select(w => new LintHit((w.Body.At("spec", "replicas") ?? w.Body.At("spec", "strategy"))!.Place, $"{w.Kind} {w.Name} has a moment without pods at each rollout")),
            Fires = new LintExample(("a.yaml", Workload("", "replicas: 1")), Samples.Pinging),
            Silent = new LintExample(("a.yaml", Workload("", "replicas: 2")), Samples.Pinging),
        },
        new("K8S-CPU-LIMIT", Severity.Info, Breaks.Load, "CPU limits of pods that carry WebSockets")
        {
            Why = "A pod over its limit stands still for the rest of each 100 ms: pongs and handshakes wait.",
            Symptom = "Under load clients are dropped for late pongs; handshakes take seconds.",
            Fix = "Take the limit out, or raise it; keep the request.",
            Facts = ["host-cpu-throttle"],
            Check = d => from workload in Workloads(d)
                         from container in workload.PodContainers
                         let limit = container.At("resources", "limits", "cpu")
                         where Cpu(limit?.Value) is { } cores && (cores < 0.5 || cores < d.Options.Sockets / 5000.0)
                         select new LintHit(limit.Place, $"the CPU limit is {limit.Value} for {d.Options.Sockets} connections"),
            Fires = new LintExample(("a.yaml", Workload("          resources: { limits: { cpu: 200m } }\n")), Samples.Pinging),
            Silent = new LintExample(("a.yaml", Workload("          resources: { requests: { cpu: \"1\" } }\n")), Samples.Pinging),
        },
        new("K8S-MEM-PER-CONN", Severity.Warning, Breaks.Load, "Memory limits of pods that carry WebSockets")
        {
            Why = "Each connection takes memory; who passes the limit is killed, with all connections.",
            Symptom = "All connections of a pod end at once; the pod's last state says OOMKilled.",
            Fix = "Measure the memory of a connection, then size the limit (128 MiB and 64 KiB each is a start).",
            Facts = ["host-cgroup-memory"],
            Check = d => from workload in Workloads(d)
                         from container in workload.PodContainers
                         let limit = container.At("resources", "limits", "memory")
                         let bytes = Bytes(limit?.Value)
                         let each = d.Options.Sockets / Math.Max(1, TimeText.Number(workload.Body.Text("spec", "replicas")) ?? 1)
                         where bytes is not null && bytes < BytesOfServer + each * BytesPerSocket
                         select new LintHit(limit.Place, $"{limit.Value} for {Math.Ceiling(each)} connections in each pod: {Math.Max(0, Math.Floor((bytes.Value - BytesOfServer) / each / 1024))} KiB for one"),
            Fires = new LintExample(("a.yaml", Workload("          resources: { limits: { memory: 256Mi } }\n")), Samples.Pinging) { Options = new LintOptions(12000) },
            Silent = new LintExample(("a.yaml", Workload("          resources: { limits: { memory: 1536Mi } }\n")), Samples.Pinging) { Options = new LintOptions(12000) },
        },
    ];

    private static string Service(int target) =>
        $"apiVersion: v1\nkind: Service\nmetadata:\n  name: chat\nspec:\n  selector: {{ app: chat }}\n  ports:\n    - port: 80\n      targetPort: {target}\n";

    private static string Workload(string lines, string spec = "paused: false") =>
        $"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: chat\nspec:\n  {spec}\n  template:\n    metadata:\n      labels: {{ app: chat }}\n    spec:\n      containers:\n        - name: chat\n          image: chat\n{lines}";

    private static IEnumerable<KubeObject> Workloads(Deployment deployment) => deployment.Objects.Where(o => o.IsWorkload && o.PodSpec is not null && o.Kind != "ReplicaSet");

    private static IEnumerable<LintHit> Mismatches(Deployment deployment)
    {
        foreach (var service in deployment.Kube("Service").Where(s => s.ApiVersion == "v1" && s.Body.Text("spec", "type") != "ExternalName"))
        {
            var selector = service.Body.At("spec", "selector")?.Children ?? [];
            var pods = deployment.Selected(selector).Where(o => o.IsWorkload).ToList();
            if (selector.Count > 0 && SelectsNobody(deployment, service, selector))
                yield return new LintHit(service.Body.At("spec", "selector")!.Place, $"Service {service.Name} selects {string.Join(", ", selector.Select(s => $"{s.Key}={s.Value}"))}, and no pod of these files has that") { Fix = "Let the selector name labels of the pods' template." };
            var open = pods.SelectMany(p => p.PodContainers).SelectMany(c => c["ports"]?.Items ?? []).SelectMany(p => new[] { p.Text("containerPort"), p.Text("name") }).OfType<string>().ToHashSet(StringComparer.Ordinal);
            // Containers need not say which ports they open; where one does, all are taken to be said.
            foreach (var port in open.Count == 0 ? [] : service.Body.At("spec", "ports")?.Items ?? [])
            {
                var target = port["targetPort"] ?? port["port"];
                if (target?.Value is { } value && !open.Contains(value))
                    yield return new LintHit(target.Place, $"Service {service.Name} sends to port {value}; its pods open {string.Join(", ", open.Order(StringComparer.Ordinal))} ({pods[0].Place})");
            }
        }
    }

    /// <summary>Only where workloads lie beside it: else they come from elsewhere. Labels of kinds that are not known count, too.</summary>
    private static bool SelectsNobody(Deployment deployment, KubeObject service, List<ConfigNode> selector) =>
        !Labels(deployment)[LabelOf(selector[0])].Any(labels => selector.All(s => labels[s.Key]?.Value == s.Value))
        && WorkloadFolders(deployment).Contains(FolderOf(deployment, service));

    private static ILookup<string, ConfigNode> Labels(Deployment deployment) => deployment.Once(static d =>
        d.Objects.SelectMany(o => o.Body.Deep("labels")).SelectMany(labels => labels.Children.Select(label => (Label: LabelOf(label), Labels: labels))).ToLookup(l => l.Label, l => l.Labels, StringComparer.Ordinal));

    private static HashSet<string> WorkloadFolders(Deployment deployment) => deployment.Once(static d =>
        d.Objects.Where(o => o.IsWorkload && o.PodLabels is not null).Select(o => FolderOf(d, o)).ToHashSet(StringComparer.Ordinal));

    private static string LabelOf(ConfigNode label) => $"{label.Key}={label.Value}";

    private static string FolderOf(Deployment deployment, KubeObject found) => deployment.File(found.Place.File)?.Folder ?? "";

    private static double? Cpu(string? text) => text is null ? null : text.EndsWith('m') ? TimeText.Number(text[..^1]) / 1000 : TimeText.Number(text);

    private static double? Bytes(string? text)
    {
        if (text is null)
            return null;
        foreach (var (unit, factor) in ((string, double)[])[("Ki", 1024), ("Mi", 1024 * 1024), ("Gi", 1024 * 1024 * 1024), ("k", 1e3), ("M", 1e6), ("G", 1e9)])
        {
            if (text.EndsWith(unit, StringComparison.Ordinal))
                return TimeText.Number(text[..^unit.Length]) * factor;
        }

        return TimeText.Number(text);
    }
}
