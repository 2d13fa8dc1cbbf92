using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace Bascule.Gateway.Tests;

/// <summary>The OpenAPI document of the admin listener, for programs that read <c>contract/openapi.json</c>.</summary>
public sealed class OpenApiTests : GatewayTest
{
    [Fact]
    public async Task The_contract_is_what_the_gateway_answers()
    {
        await StartAsync();
        var answered = await Gateway.AdminAsync("/api/openapi.json");
        if (Environment.GetEnvironmentVariable("BASCULE_UPDATE") == "1")
            await File.WriteAllTextAsync(ContractFile(), answered, TestContext.Current.CancellationToken);

        var written = await File.ReadAllTextAsync(ContractFile(), TestContext.Current.CancellationToken);

        Assert.True(written == answered, "contract/openapi.json is not what the gateway answers. Write it anew: BASCULE_UPDATE=1 dotnet run --project tests/Bascule.Gateway.Tests -- --filter-class '*OpenApiTests'");
    }

    [Fact]
    public async Task Every_reference_leads_somewhere()
    {
        await StartAsync();
        var document = JsonNode.Parse(await Gateway.AdminAsync("/api/openapi.json"))!;

        var references = References(document).ToList();

        Assert.NotEmpty(references);
        Assert.All(references, reference => Assert.NotNull(Resolve(document, reference)));
    }

    [Fact]
    public async Task Words_of_a_choice_are_written_as_the_gateway_sends_them()
    {
        await StartAsync();
        var document = JsonNode.Parse(await Gateway.AdminAsync("/api/openapi.json"))!;

        var states = document["components"]!["schemas"]!["DrainProgress"]!["properties"]!["state"]!["enum"]!.AsArray();

        Assert.Equal(["moving", "waitingForRoom", "leaving", "done", "cancelled"], states.Select(state => state!.GetValue<string>()));
    }

    [Fact]
    public async Task What_may_be_left_out_is_not_required()
    {
        await StartAsync();
        var document = JsonNode.Parse(await Gateway.AdminAsync("/api/openapi.json"))!;
        var node = document["components"]!["schemas"]!["NodeDocument"]!;

        var sent = JsonNode.Parse(await Gateway.AdminAsync("/api/pools"))!["pools"]![0]!["nodes"]![0]!.AsObject();

        Assert.Null(sent["why"]);
        Assert.All(node["required"]!.AsArray(), name => Assert.NotNull(sent[name!.GetValue<string>()]));
        Assert.Equal("object", node["type"]!.GetValue<string>());
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject schema => schema.SelectMany(p => p is { Key: "$ref", Value: JsonValue reference } ? [reference.GetValue<string>()] : References(p.Value)),
        JsonArray items => items.SelectMany(References),
        _ => [],
    };

    private static JsonNode? Resolve(JsonNode document, string reference)
    {
        Assert.StartsWith("#/", reference, StringComparison.Ordinal);
        JsonNode? at = document;
        foreach (var step in reference[2..].Split('/'))
            at = at is JsonArray items ? items[int.Parse(step)] : at?[step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)];
        return at;
    }

    private static string ContractFile([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(here, "../../../../contract/openapi.json"));
}
