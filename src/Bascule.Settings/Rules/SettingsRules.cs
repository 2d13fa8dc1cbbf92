namespace Bascule.Settings;

internal static class SettingsRules
{
    internal static IEnumerable<SettingFault> Check(BasculeSettings settings, Places places, string baseDirectory, IReadOnlyList<SettingFault> bindingFaults) => [];
}
