using System.Text.RegularExpressions;

namespace Bascule.Diagnostics.Tests;

/// <summary>The table as a whole.</summary>
public sealed class ServerCasesTests
{
    [Fact]
    public void There_are_at_least_300_cases() => Assert.True(ServerCases.All.Count >= 300, $"{ServerCases.All.Count}");

    [Fact]
    public void Every_id_is_there_once_and_begins_with_its_area()
    {
        Assert.Empty(ServerCases.All.GroupBy(c => c.Id, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key));
        Assert.All(ServerCases.All, c => Assert.StartsWith(c.Area.Name + "-", c.Id));
        Assert.All(ServerCases.All, c => Assert.Matches("^[a-z0-9.-]+$", c.Id));
    }

    [Fact]
    public void Every_case_says_where_its_rule_is_written() =>
        Assert.All(ServerCases.All, c => Assert.True(Regex.IsMatch(c.Source, "^(RFC [0-9]+ §[0-9.]+|IANA registry of close codes)$"), $"{c.Id}: {c.Source}"));

    [Fact]
    public void Every_case_says_what_should_happen() => Assert.All(ServerCases.All, c => Assert.NotEmpty(c.Title));
}
