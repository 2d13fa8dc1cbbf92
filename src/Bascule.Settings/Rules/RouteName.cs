namespace Bascule.Settings;

/// <summary>Names of routes and pools: they become labels of metrics and parts of paths.</summary>
internal static class RouteName
{
    internal const string Rule = "Use letters, digits, - and _ only.";

    internal static bool IsValid(string name) => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
