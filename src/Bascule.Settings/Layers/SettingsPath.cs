namespace Bascule.Settings;

/// <summary>Paths of settings: names and list positions joined by dots.</summary>
internal static class SettingsPath
{
    internal static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    internal static string Join(string path, int index) => Join(path, index.ToString());

    /// <summary>The path of what holds it; empty for the root and for what stands directly below it.</summary>
    internal static string Parent(string path) => path.LastIndexOf('.') is > 0 and var dot ? path[..dot] : "";

    /// <summary>Whether <paramref name="path"/> is <paramref name="ancestor"/> or lies below it.</summary>
    internal static bool IsWithin(string path, string ancestor) =>
        ancestor.Length == 0 || (path.StartsWith(ancestor, StringComparison.Ordinal) && (path.Length == ancestor.Length || path[ancestor.Length] == '.'));
}
