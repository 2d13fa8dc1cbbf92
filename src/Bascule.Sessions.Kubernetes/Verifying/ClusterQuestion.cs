namespace Bascule.Sessions.Kubernetes;

/// <summary>What of a cluster is to be looked at. The defaults are those of deploy/kubernetes.</summary>
public sealed record ClusterQuestion
{
    /// <summary>Where the pods of sessions go.</summary>
    public string Sessions { get; init; } = "bascule-sessions";

    /// <summary>Where the gateways run. Null: the namespace of this pod, or <c>bascule</c>.</summary>
    public string? Gateways { get; init; }

    /// <summary>The Service of the gateways.</summary>
    public string Service { get; init; } = "bascule";

    public string? Kubeconfig { get; init; }

    public string? Context { get; init; }

    public int AgentPort { get; init; } = 8686;

    /// <summary>The object that the pods of sessions belong to; null: they have none.</summary>
    public PodOwner? Owner { get; init; } = new("v1", "ConfigMap", "configmaps", "bascule-sessions");

    /// <summary>Clients come in by the API server's exec.</summary>
    public bool LegacyExec { get; init; }
}
