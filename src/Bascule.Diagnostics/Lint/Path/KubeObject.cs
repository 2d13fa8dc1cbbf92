namespace Bascule.Diagnostics;

/// <summary>One Kubernetes object of a YAML document.</summary>
public sealed record KubeObject(string Kind, string ApiVersion, string Name, ConfigNode Body)
{
    private const string Nginx = "nginx.ingress.kubernetes.io/";

    public Place Place => Body["kind"]?.Place ?? Body.Place;

    public ConfigNode? Annotation(string name) => Body.At("metadata", "annotations", name);

    /// <summary>An annotation of ingress-nginx.</summary>
    public ConfigNode? NginxAnnotation(string name) => Annotation(Nginx + name);

    /// <summary>The class of an Ingress, by field or by the older annotation.</summary>
    public string? IngressClass => Body.Text("spec", "ingressClassName") ?? Annotation("kubernetes.io/ingress.class")?.Value;

    /// <summary>The pod template of a workload, or the pod itself.</summary>
    public ConfigNode? PodSpec => Kind switch
    {
        "Pod" => Body["spec"],
        "Deployment" or "StatefulSet" or "DaemonSet" or "ReplicaSet" or "Job" => Body.At("spec", "template", "spec"),
        "Service" when ApiVersion.StartsWith("serving.knative.dev", StringComparison.Ordinal) => Body.At("spec", "template", "spec"),
        _ => null,
    };

    /// <summary>The labels of the pods of a workload, or of the pod itself.</summary>
    public ConfigNode? PodLabels => Kind == "Pod" ? Body.At("metadata", "labels") : IsWorkload ? Body.At("spec", "template", "metadata", "labels") : null;

    public IEnumerable<ConfigNode> PodContainers => PodSpec?["containers"]?.Items ?? [];

    public bool IsWorkload => Kind is "Deployment" or "StatefulSet" or "DaemonSet" or "ReplicaSet";

    public static IEnumerable<KubeObject> Read(IEnumerable<LintFile> files) =>
        from file in files
        where file is { Kind: FileKind.Kubernetes, Root: not null }
        from document in file.Root!.Children
        from one in document.Text("kind") == "List" ? document["items"]?.Items ?? [] : [document]
        where one["kind"]?.Value is not null
        select new KubeObject(one.Text("kind")!, one.Text("apiVersion") ?? "", one.Text("metadata", "name") ?? "", one);
}
