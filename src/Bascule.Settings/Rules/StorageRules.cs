namespace Bascule.Settings;

/// <summary>Where things are kept: an address that can be understood.</summary>
internal static class StorageRules
{
    internal const string SharedRemedy = "Set storage to redis://HOST:PORT or postgres://USER:PASSWORD@HOST/DATABASE (environment: REDIS_URL).";

    private const string Setting = "storage";

    internal static void Check(RuleContext context)
    {
        if (context.SecretAt(Setting, context.Settings.Storage) is not { } address)
            return;
        StorageAddress.Parse(address, out var faults);
        foreach (var fault in faults)
            context.Fault(Setting, fault.Problem, fault.Remedy);
    }

    /// <summary>Null when it is faulty, which is told elsewhere.</summary>
    internal static StorageKind? KindOf(RuleContext context) =>
        context.IsSound(Setting) && context.TryReadSecret(context.Settings.Storage, out var address) ? StorageAddress.Parse(address, out _)?.Kind : null;
}
