namespace Bascule.Settings;

/// <summary>What must hold between settings, beyond the type and bounds of each. Every rule runs; every fault is reported.</summary>
internal static class SettingsRules
{
    internal static IReadOnlyList<SettingFault> Check(RuleContext context)
    {
        ListenRules.Check(context);
        JwtRules.Check(context);
        PoolRules.Check(context);
        RouteRules.Check(context);
        LifeRules.Check(context);
        return context.Faults;
    }
}
