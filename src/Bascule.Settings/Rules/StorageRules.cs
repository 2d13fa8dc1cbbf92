namespace Bascule.Settings;

/// <summary>Where things are kept: an address that can be understood.</summary>
internal static class StorageRules
{
    internal const string SharedRemedy = "Set storage to redis://HOST:PORT or postgres://USER:PASSWORD@HOST/DATABASE (environment: REDIS_URL).";

    private const string Setting = "storage";

    internal static void Check(RuleContext context)
    {
        if (context.SecretAt(Setting, context.Settings.Storage) is { } address && !StorageAddress.TryParse(address, out _, out var fault))
            context.Fault(Setting, fault, "Write memory, sqlite:FILE, redis://[:PASSWORD@]HOST:PORT[/DATABASE], postgres://USER:PASSWORD@HOST[:PORT]/DATABASE, or file:PATH of a file that holds it.");
    }

    /// <summary>Null when it is faulty, which is told elsewhere.</summary>
    internal static StorageKind? KindOf(RuleContext context) =>
        context.IsSound(Setting) && context.TryReadSecret(context.Settings.Storage, out var address) && StorageAddress.TryParse(address, out var storage, out _) ? storage.Kind : null;
}
