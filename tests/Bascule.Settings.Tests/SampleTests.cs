using System.Runtime.CompilerServices;

namespace Bascule.Settings.Tests;

/// <summary>The configurations in <c>samples/</c> work as they are.</summary>
public sealed class SampleTests
{
    public static TheoryData<string> Samples => [.. Directory.EnumerateFiles(FolderOfSamples(), "*.json").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_sample_loads_without_a_fault(string sample)
    {
        using var folder = FolderWithSecrets();

        var loaded = folder.LoadGood(Path.Combine(FolderOfSamples(), sample));

        Assert.NotEmpty(loaded.Settings.Routes);
        Assert.Empty(loaded.Notices);
    }

    [Fact]
    public void The_lab_takes_what_its_platform_says()
    {
        using var folder = new SettingsFolder().WithEnvironment("PORT", "3000").WithEnvironment("REDIS_URL", "redis://user:pass@cache:6379/0").WithEnvironment("FRONTEND_URL", "https://lab.example.org/");

        var loaded = folder.LoadGood(Path.Combine(FolderOfSamples(), "case-b-lab.json"));

        Assert.Equal("http://0.0.0.0:3000", Assert.Single(loaded.Settings.Listen.Public).Url);
        Assert.Equal("redis://user:pass@cache:6379/0", loaded.Settings.Storage);
        Assert.Equal(["self", "https://lab.example.org"], loaded.Settings.Listen.Origins);
        Assert.Empty(loaded.Notices);
    }

    [Fact]
    public void The_game_gateway_asks_for_its_key_file_when_it_is_not_there()
    {
        using var folder = new SettingsFolder();

        var fault = Assert.Single(folder.Load(Path.Combine(FolderOfSamples(), "case-e-game-gateway.json")).Faults);

        Assert.Equal("auth.jwt.keys.0.value", fault.Path);
    }

    [Fact]
    public void The_cluster_takes_its_Redis_from_the_environment()
    {
        using var folder = new SettingsFolder().WithEnvironment("REDIS_URL", "redis://:pass@other:6379/1");

        Assert.Equal("redis://:pass@other:6379/1", folder.LoadGood(Path.Combine(FolderOfSamples(), "cluster.json")).Settings.Storage);
    }

    /// <summary>A working directory with the files that samples name.</summary>
    private static SettingsFolder FolderWithSecrets() => new SettingsFolder()
        .With("game-secret.txt", new string('s', 64)).With("token-secret.txt", new string('s', 64))
        .With("operator-token.txt", new string('o', 44)).With("dashboard-token.txt", new string('d', 44));

    private static string FolderOfSamples([CallerFilePath] string source = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "../../samples"));
}
