using System.Runtime.CompilerServices;

namespace Bascule.Gateway.Tests;

/// <summary>The files for Prometheus and Grafana, where they stand in the repository.</summary>
internal static class DeployFiles
{
    internal static string Prometheus { get; } = Folder("prometheus");

    internal static string Rules => Path.Combine(Prometheus, "bascule.rules.yml");

    internal static string Dashboard { get; } = Path.Combine(Folder("grafana"), "bascule.json");

    private static string Folder(string name, [CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "..", "deploy", name));
}
