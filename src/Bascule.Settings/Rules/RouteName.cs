namespace Bascule.Settings;

/// <summary>Names of routes and pools: they become labels of metrics and parts of paths.</summary>
internal static class RouteName
{
    internal const string Rule = "Use letters, digits, - and _ only.";

    internal static bool IsValid(string name) => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}

/// <summary>Names of header fields: tokens (RFC 9110 §5.6.2).</summary>
internal static class FieldName
{
    internal static bool IsValid(string name) => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c));
}
