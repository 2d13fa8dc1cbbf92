namespace Bascule.Gateway.Tests;

/// <summary>The alert rules, judged by Prometheus' own checker.</summary>
public sealed class RulesTests
{
    [Fact]
    public async Task Promtool_takes_the_rules()
    {
        var (code, said) = await Promtool.RunAsync(["check", "rules", DeployFiles.Rules]);

        Assert.True(code == 0, said);
    }

    [Fact]
    public async Task Each_rule_fires_when_it_should_and_is_quiet_when_all_is_well()
    {
        var (code, said) = await Promtool.RunAsync(["test", "rules", Path.Combine(DeployFiles.Prometheus, "bascule.rules.test.yml")]);

        Assert.True(code == 0, said);
    }

    [Fact]
    public async Task The_example_of_a_configuration_is_taken()
    {
        // Its check wants the file with the token to be there.
        var folder = Directory.CreateTempSubdirectory("bascule-prometheus-").FullName;
        foreach (var name in new[] { "prometheus.yml", "bascule.rules.yml" })
            File.Copy(Path.Combine(DeployFiles.Prometheus, name), Path.Combine(folder, name));
        await File.WriteAllTextAsync(Path.Combine(folder, "bascule-token"), "a-token");

        var (code, said) = await Promtool.RunAsync(["check", "config", Path.Combine(folder, "prometheus.yml")]);
        Directory.Delete(folder, recursive: true);

        Assert.True(code == 0, said);
    }

    [Fact]
    public void Each_rule_is_tried_and_says_what_happened_and_what_to_do()
    {
        var rules = File.ReadAllText(DeployFiles.Rules).Split("- alert: ")[1..];
        var tried = File.ReadAllText(Path.Combine(DeployFiles.Prometheus, "bascule.rules.test.yml"));

        Assert.NotEmpty(rules);
        Assert.All(rules, rule =>
        {
            Assert.Contains("summary: ", rule, StringComparison.Ordinal);
            Assert.Contains("description: ", rule, StringComparison.Ordinal);
            // Once where it fires, once where it must not.
            Assert.True(tried.Split($"alertname: {rule.Split('\n')[0]}").Length >= 3, rule.Split('\n')[0]);
        });
    }
}
