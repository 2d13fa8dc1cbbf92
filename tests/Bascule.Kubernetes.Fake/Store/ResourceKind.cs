namespace Bascule.Kubernetes.Fake;

/// <summary>A resource of the API.</summary>
/// <param name="Group">Empty for the core group.</param>
public sealed record ResourceKind(string Group, string Version, string Plural, string Kind, bool IsNamespaced, string Alias = "", string Subresources = "status")
{
    private static readonly string[] ReviewPlurals = ["selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews"];

    private const string Core = "";

    /// <summary>All that it knows. What is not played is stored and given back.</summary>
    public static IReadOnlyList<ResourceKind> All { get; } =
    [
        new(Core, "v1", "namespaces", "Namespace", false, "ns"),
        new(Core, "v1", "nodes", "Node", false, "no"),
        new(Core, "v1", "pods", "Pod", true, "po", "status,log,exec,attach,eviction"),
        new(Core, "v1", "services", "Service", true, "svc"),
        new(Core, "v1", "serviceaccounts", "ServiceAccount", true, "sa", "token"),
        new(Core, "v1", "configmaps", "ConfigMap", true, "cm", ""),
        new(Core, "v1", "secrets", "Secret", true, "", ""),
        new(Core, "v1", "events", "Event", true, "ev", ""),
        new(Core, "v1", "endpoints", "Endpoints", true, "ep", ""),
        new(Core, "v1", "resourcequotas", "ResourceQuota", true, "quota"),
        new(Core, "v1", "limitranges", "LimitRange", true, "limits", ""),
        new(Core, "v1", "persistentvolumeclaims", "PersistentVolumeClaim", true, "pvc"),
        new("apps", "v1", "deployments", "Deployment", true, "deploy", "status,scale"),
        new("apps", "v1", "replicasets", "ReplicaSet", true, "rs", "status,scale"),
        new("apps", "v1", "statefulsets", "StatefulSet", true, "sts", "status,scale"),
        new("batch", "v1", "jobs", "Job", true),
        new("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", true, "pdb"),
        new("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", true, "hpa"),
        new("coordination.k8s.io", "v1", "leases", "Lease", true, "", ""),
        new("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", true, "", ""),
        new("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", true, "netpol", ""),
        new("networking.k8s.io", "v1", "ingresses", "Ingress", true, "ing"),
        new("rbac.authorization.k8s.io", "v1", "roles", "Role", true, "", ""),
        new("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding", true, "", ""),
        new("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", false, "", ""),
        new("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", false, "", ""),
        new("authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", false, "", ""),
        new("authorization.k8s.io", "v1", "selfsubjectrulesreviews", "SelfSubjectRulesReview", false, "", ""),
        new("authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview", false, "", ""),
    ];

    public static ResourceKind Pods { get; } = Named("pods");

    public static ResourceKind Namespaces { get; } = Named("namespaces");

    public static ResourceKind Events { get; } = Named("events");

    public string GroupVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>Questions that are answered and not stored.</summary>
    public bool IsReview => ReviewPlurals.Contains(Plural);

    public static ResourceKind Named(string plural) => All.First(kind => kind.Plural == plural);
}
