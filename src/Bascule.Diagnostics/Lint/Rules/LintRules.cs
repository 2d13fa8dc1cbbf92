namespace Bascule.Diagnostics;

/// <summary>Every rule that there is. Of two that are equally grave the earlier one is told first: what is started, and with which values, before what stands around it.</summary>
public static class LintRules
{
    public static IReadOnlyList<LintRule> All { get; } =
    [
        .. PathRules.All, .. ServerRules.All, .. EnvRules.All, .. StateRules.All,
        .. GcpRunRules.All, .. GcpBalancerRules.All, .. GcpArmorRules.All, .. GkeRules.All, .. AwsRules.All, .. AwsEdgeRules.All,
        .. AzureRules.All, .. PlatformRules.All, .. NginxRules.All, .. IngressNginxRules.All, .. HaproxyRules.All, .. EnvoyRules.All, .. TraefikRules.All, .. ProxyRules.All, .. RouteRules.All, .. NameRules.All,
        .. CertificateRules.All, .. SourceRules.All, .. ClientRules.All, .. ContainerRules.All, .. ComposeRules.All, .. HostRules.All, .. ProxyWrongFixes.All, .. ServerWrongFixes.All, .. LintFileRules.All,
    ];

    private static readonly Lazy<Dictionary<LintRule, int>> Order = new(() => All.Select((rule, order) => (rule, order)).ToDictionary(r => r.rule, r => r.order));

    private static readonly Lazy<Dictionary<string, LintRule>> ById = new(() => All.ToDictionary(r => r.Id, StringComparer.Ordinal));

    /// <summary>The place of a rule in <see cref="All"/>.</summary>
    public static int OrderOf(LintRule rule) => Order.Value[rule];

    /// <summary>Null where there is no rule of that name.</summary>
    public static LintRule? Find(string id) => ById.Value.GetValueOrDefault(id);
}
