namespace Bascule.Settings;

public static class SettingsSchema
{
    internal const string SchemaKey = "$schema";
}
