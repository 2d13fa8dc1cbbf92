namespace Bascule.Diagnostics;

/// <summary>Every rule that there is.</summary>
public static class LintRules
{
    public static IReadOnlyList<LintRule> All { get; } =
    [
        .. PathRules.All, .. StateRules.All, .. GcpRunRules.All, .. GcpBalancerRules.All, .. GcpArmorRules.All, .. GkeRules.All, .. AwsRules.All, .. AwsEdgeRules.All,
        .. AzureRules.All, .. PlatformRules.All, .. NginxRules.All, .. IngressNginxRules.All, .. HaproxyRules.All, .. EnvoyRules.All, .. ProxyRules.All,
        .. ServerRules.All, .. SourceRules.All, .. ClientRules.All, .. EnvRules.All, .. ContainerRules.All, .. HostRules.All, .. LintFileRules.All,
    ];

    private static readonly Lazy<Dictionary<string, LintRule>> ById = new(() => All.ToDictionary(r => r.Id, StringComparer.Ordinal));

    /// <summary>Null where there is no rule of that name.</summary>
    public static LintRule? Find(string id) => ById.Value.GetValueOrDefault(id);
}
