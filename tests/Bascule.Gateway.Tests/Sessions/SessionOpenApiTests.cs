using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bascule.Gateway.Tests;

/// <summary>The OpenAPI document of the sessions, for programs that read <c>contract/openapi-sessions.json</c>.</summary>
public sealed class SessionOpenApiTests
{
    private const string Place = "/api/sessions/openapi.json";

    [Fact]
    public async Task The_contract_is_what_the_gateway_answers_to_anyone()
    {
        await using var bench = await SessionBench.StartAsync();
        var (status, _, answer) = await bench.CallAsync("GET", Place, token: null);
        if (Environment.GetEnvironmentVariable("BASCULE_UPDATE") == "1")
            await File.WriteAllTextAsync(ContractFile(), answer.Body, TestContext.Current.CancellationToken);

        var written = await File.ReadAllTextAsync(ContractFile(), TestContext.Current.CancellationToken);

        Assert.Equal(200, status);
        Assert.True(written == answer.Body, "contract/openapi-sessions.json is not what the gateway answers. Write it anew: BASCULE_UPDATE=1 dotnet run --project tests/Bascule.Gateway.Tests -- --filter-class '*SessionOpenApiTests'");
    }

    [Fact]
    public async Task Every_reference_leads_somewhere()
    {
        await using var bench = await SessionBench.StartAsync();
        var document = await DocumentAsync(bench);

        var references = References(document).Distinct().ToList();

        Assert.NotEmpty(references);
        Assert.All(references, reference =>
        {
            var at = document;
            foreach (var step in reference[2..].Split('/'))
                at = at?[step];
            Assert.NotNull(at);
        });
    }

    [Theory]
    [InlineData("GET", "", null, 200)]
    [InlineData("GET", "?state=gone", null, 404)]
    [InlineData("POST", "", """{"profile":"shell"}""", 201)]
    [InlineData("POST", "", """{"profile":"none"}""", 400)]
    [InlineData("POST", "", """{"profile":"gam","command":["drop"]}""", 403)]
    [InlineData("GET", "/ID", null, 200)]
    [InlineData("GET", "/ffffffffffffffffffffffffffffffff", null, 404)]
    [InlineData("GET", "/ID/result", null, 202)]
    [InlineData("GET", "/ID/result?channel=7", null, 404)]
    [InlineData("GET", "/ID/recording", null, 404)]
    [InlineData("POST", "/ID/links", "{}", 201)]
    [InlineData("POST", "/ID/links", """{"minutes":0}""", 400)]
    [InlineData("POST", "/ID/links", """{"role":"write"}""", 403)]
    [InlineData("DELETE", "/ID", null, 200)]
    public async Task What_is_answered_is_in_the_document(string method, string below, string? json, int expected)
    {
        await using var bench = await SessionBench.StartAsync();
        var document = await DocumentAsync(bench);
        var id = await bench.CreateAsync(bench.TokenOf("alice"));

        var (status, body, answer) = await bench.CallAsync(method, $"/api/sessions{below.Replace("ID", id, StringComparison.Ordinal)}", bench.TokenOf("alice"), json);

        var pattern = string.Join('/', below.Split('?')[0].Split('/').Select((part, i) => i == 1 ? "{session}" : part));
        var written = document["paths"]![$"/api/sessions{pattern}"]![method.ToLowerInvariant()]!["responses"]![$"{status}"]?["content"]?.AsObject();
        Assert.True(status == expected, answer.Body);
        Assert.NotNull(written?[answer.Field("Content-Type")!.Split(';')[0]]);
        if (status >= 400)
            Assert.Contains(body.GetProperty("label").GetString(), Labels(written!));
        else
            Known(document, written!["application/json"]!["schema"]!, body);
    }

    /// <summary>What was sent has no property that the schema does not know, and all that it requires.</summary>
    private static void Known(JsonNode document, JsonNode reference, JsonElement sent)
    {
        var schema = document["components"]!["schemas"]![((string)reference["$ref"]!).Split('/')[^1]]!;
        var names = sent.EnumerateObject().Select(p => p.Name).ToList();
        Assert.All(names, name => Assert.NotNull(schema["properties"]![name]));
        Assert.All(schema["required"]!.AsArray(), name => Assert.Contains((string)name!, names));
    }

    private static IEnumerable<string> Labels(JsonObject content) =>
        content["application/problem+json"]!["schema"]!["allOf"]![1]!["properties"]!["label"]!["enum"]!.AsArray().Select(label => (string)label!);

    private static async Task<JsonNode> DocumentAsync(SessionBench bench) => JsonNode.Parse((await bench.CallAsync("GET", Place, token: null)).Answer.Body)!;

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject schema => schema.SelectMany(p => p is { Key: "$ref", Value: JsonValue reference } ? [reference.GetValue<string>()] : References(p.Value)),
        JsonArray items => items.SelectMany(References),
        _ => [],
    };

    private static string ContractFile([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(here, "../../../../contract/openapi-sessions.json"));
}
