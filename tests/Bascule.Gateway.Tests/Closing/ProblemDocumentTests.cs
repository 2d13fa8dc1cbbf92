using System.Text.Json;

namespace Bascule.Gateway.Tests;

/// <summary>The documents that say why, as text.</summary>
public sealed class ProblemDocumentTests : GatewayTest
{
    [Fact]
    public async Task The_type_is_a_name_of_its_own_and_the_page_stands_beside_it()
    {
        await StartAsync();

        var answer = await Gateway.AnswerAsync(new Ask("/nowhere"));

        using var problem = JsonDocument.Parse(answer.Body);
        Assert.Equal("urn:bascule:end-reason:route_not_found", problem.RootElement.GetProperty("type").GetString());
        Assert.Equal("docs/end-reasons.md#route_not_found", problem.RootElement.GetProperty("docs").GetString());
    }

    [Fact]
    public async Task Backticks_and_ampersands_are_readable_in_every_document()
    {
        var route = Configured.Route("experience", "/ws") with { Query = Configured.Query("experience", "wylding-woods") };
        await StartAsync(Settings.WithRoutes(route));

        var refused = await Gateway.AnswerAsync(new Ask("/ws?experience=atlantis&a=b"));
        var (_, explained) = await Gateway.GetAsync($"/_bascule/explain/{refused.Field("X-Bascule-Attempt")}");

        Assert.Contains("`experience=atlantis`", refused.Body, StringComparison.Ordinal);
        Assert.Contains("`experience=atlantis`", explained, StringComparison.Ordinal);
        Assert.Contains("experience=atlantis&a=b", explained, StringComparison.Ordinal);
    }
}
