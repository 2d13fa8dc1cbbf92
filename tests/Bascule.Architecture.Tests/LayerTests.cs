using System.Xml.Linq;

namespace Bascule.Architecture.Tests;

/// <summary>The folders are the architecture: who may reference whom.</summary>
public sealed class LayerTests
{
    /// <summary>The layers of ARCHITECTURE.md. A new project under src/ gets its row here first.</summary>
    private static readonly Dictionary<string, int> Layers = new(StringComparer.Ordinal)
    {
        ["Bascule.Model"] = 0,
        ["librdkafka.redist"] = 0,
        ["Bascule.Protocol"] = 1,
        ["Bascule.Settings"] = 1,
        ["Bascule.Admission"] = 2,
        ["Bascule.Backends"] = 2,
        ["Bascule.Relay"] = 2,
        ["Bascule.Cluster"] = 2,
        ["Bascule.Hub"] = 2,
        ["Bascule.Terminal"] = 2,
        ["Bascule.Sessions"] = 2,
        ["Bascule.Diagnostics"] = 2,
        ["Bascule.Load"] = 2,
        ["Bascule.Storage.Sql"] = 3,
        ["Bascule.Storage.Redis"] = 3,
        ["Bascule.Hub.Kafka"] = 3,
        ["Bascule.Sessions.Kubernetes"] = 3,
        ["Bascule.Gateway"] = 4,
        ["Bascule.Cli"] = 5,
    };

    /// <summary>What the projects outside src/ may reference. The clients share nothing with src/ but contract/.</summary>
    private static readonly Dictionary<string, string[]> Areas = new(StringComparer.Ordinal)
    {
        ["src"] = ["src"],
        ["sdk"] = ["sdk"],
        ["tests"] = ["src", "sdk", "tests/Bascule.Testing", "tests/Bascule.Kafka.MockBrokers", "tests/Bascule.Handover.Child", "tests/Bascule.Kubernetes.Fake"],
        ["bench"] = ["src", "sdk", "bench", "tests/Bascule.Testing"],
        ["fuzz"] = ["src", "tests/Bascule.Testing"],
        ["samples"] = ["sdk"],
    };

    [Fact]
    public void Every_project_under_src_has_a_layer() =>
        Faults.None(
            ProjectFile.All.Where(p => p.Area == "src" && !Layers.ContainsKey(p.Name)).Select(p => p.Path),
            "Give the project a row in the layer table, here and in ARCHITECTURE.md.");

    [Fact]
    public void References_under_src_go_only_to_lower_layers() =>
        Faults.None(
            from project in ProjectFile.All
            where project.Area == "src"
            from reference in project.References
            let target = Path.GetFileNameWithoutExtension(reference)
            where !(Layers.TryGetValue(project.Name, out var own) && Layers.TryGetValue(target, out var other) && other < own)
            select $"{project.Path} references {target}",
            "The asking project owns a small interface, and Bascule.Gateway connects the two.");

    [Fact]
    public void Projects_outside_src_reference_only_what_their_folder_may() =>
        Faults.None(
            from project in ProjectFile.All
            from reference in project.References
            where !Areas.TryGetValue(project.Area, out var allowed) || !allowed.Any(a => reference.StartsWith(a + "/", StringComparison.Ordinal))
            select $"{project.Path} references {reference}",
            "See the table of areas in this test.");

    [Fact]
    public void Every_project_stands_in_a_known_folder_and_in_the_solution()
    {
        var solution = XDocument.Parse(Repository.Read("Bascule.slnx")).Descendants("Project").Select(p => (string?)p.Attribute("Path")).ToHashSet();
        Faults.None(
            ProjectFile.All.Where(p => !Areas.ContainsKey(p.Area) || !(solution.Contains(p.Path) || IsPeer(p))).Select(p => p.Path),
            "Add the project to Bascule.slnx, or move it to one of the known folders.");
    }

    /// <summary>Servers of others that the bench measures beside ours: built by it alone, with none of our settings.</summary>
    private static bool IsPeer(ProjectFile project) => project.Path.StartsWith("bench/fanout-peers/", StringComparison.Ordinal);

    [Fact]
    public void The_model_needs_nothing() =>
        Faults.None(
            ProjectFile.All.Where(p => p.Name == "Bascule.Model").SelectMany(p => p.References.Concat(p.Packages)),
            "Bascule.Model holds nouns only: no packages, no references.");

    [Fact]
    public void No_reference_hides_in_a_shared_build_file() =>
        Faults.None(
            Repository.WithExtension(".props", ".targets").Where(f => Repository.Read(f).Contains("<ProjectReference", StringComparison.Ordinal)),
            "Write project references into the project itself, where the layer tests see them.");
}
