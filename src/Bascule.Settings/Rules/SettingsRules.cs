namespace Bascule.Settings;

/// <summary>What must hold between settings, beyond the type and bounds of each. Every rule runs; every fault is reported.</summary>
internal static class SettingsRules
{
    internal static void Check(RuleContext context)
    {
        ListenRules.Check(context);
        AccessRules.Check(context);
        AdminTokenRules.Check(context);
        JwtRules.Check(context);
        PoolRules.Check(context);
        RouteRules.Check(context);
        HubRules.Check(context);
        SessionRules.Check(context);
        LimitRules.Check(context);
        LifeRules.Check(context);
        StorageRules.Check(context);
        OperationRules.Check(context);
    }
}
