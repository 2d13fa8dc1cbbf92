using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Bascule.Settings.Tests;

/// <summary>What is made from the records: the schema and the reference. With BASCULE_UPDATE=1 the kept files are written anew.</summary>
public sealed class GeneratedFilesTests
{
    [Fact]
    public void The_kept_schema_is_the_generated_one() => AssertKept("contract/settings.schema.json", SettingsSchema.Json());

    [Fact]
    public void The_kept_reference_is_the_generated_one() => AssertKept("docs/settings.md", SettingsReference.Markdown());

    [Fact]
    public void Every_setting_of_the_effective_values_is_in_the_schema_and_the_reference()
    {
        using var folder = new SettingsFolder().With("bascule.json", SettingsFolder.Small).WithSet("auth.jwt.jwksUrl", "https://id.example.org/");
        using var schema = JsonDocument.Parse(SettingsSchema.Json());
        var reference = SettingsReference.Markdown();

        foreach (var value in folder.LoadGood().Values)
        {
            Assert.True(Find(schema.RootElement, schema.RootElement, value.Path.Split('.')), value.Path);
            var name = value.Path.Split('.').Last(n => !n.All(char.IsAsciiDigit));
            Assert.True(reference.Contains($"| `{name}` |", StringComparison.Ordinal) || reference.Contains($"{name}.N\n", StringComparison.Ordinal)
                || reference.Contains($"{name}.NAME\n", StringComparison.Ordinal) || reference.Contains($".{name}\n", StringComparison.Ordinal), name);
        }
    }

    [Fact]
    public void The_reference_says_for_every_setting_when_a_change_holds()
    {
        var tables = SettingsReference.Markdown()[SettingsReference.Markdown().IndexOf("## Top level", StringComparison.Ordinal)..];
        var rows = tables.Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal)).ToArray();

        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.Contains(Enum.GetValues<Applies>(), a => row.Contains($" | {a.Text()} | ", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_schema_says_what_a_setting_may_be()
    {
        using var schema = JsonDocument.Parse(SettingsSchema.Json());
        var root = schema.RootElement;
        var definitions = root.GetProperty("$defs");

        Assert.Equal("https://json-schema.org/draft/2020-12/schema", root.GetProperty("$schema").GetString());
        Assert.False(root.GetProperty("additionalProperties").GetBoolean());
        var slots = definitions.GetProperty("Pool").GetProperty("properties").GetProperty("slotsPerNode");
        Assert.Equal((1, 1_000_000, 6000), (slots.GetProperty("minimum").GetInt32(), slots.GetProperty("maximum").GetInt32(), slots.GetProperty("default").GetInt32()));
        var route = definitions.GetProperty("Route");
        Assert.Equal(["name", "path", "auth"], route.GetProperty("required").EnumerateArray().Select(n => n.GetString()));
        Assert.Equal(["required", "optional", "none", "gateway"], route.GetProperty("properties").GetProperty("auth").GetProperty("enum").EnumerateArray().Select(n => n.GetString()));
        Assert.Equal(["string", "null"], route.GetProperty("properties").GetProperty("idle").GetProperty("type").EnumerateArray().Select(n => n.GetString()));
        var node = definitions.GetProperty("Node").GetProperty("oneOf");
        Assert.Equal(["string", "object"], node.EnumerateArray().Select(n => n.GetProperty("type").GetString()));
        Assert.All(
            [("Listen", "adminToken"), ("AdminToken", "token"), ("Telemetry", "otlpHeaders")],
            secret => Assert.True(definitions.GetProperty(secret.Item1).GetProperty("properties").GetProperty(secret.Item2).GetProperty("writeOnly").GetBoolean()));
        Assert.All(definitions.GetProperty("Key").GetProperty("oneOf").EnumerateArray().Take(1), text => Assert.True(text.GetProperty("writeOnly").GetBoolean()));
        Assert.True(root.GetProperty("properties").GetProperty("storage").GetProperty("writeOnly").GetBoolean());
    }

    /// <summary>Walks the schema as a validator would.</summary>
    private static bool Find(JsonElement root, JsonElement at, ReadOnlySpan<string> path)
    {
        if (at.TryGetProperty("$ref", out var reference))
            return Find(root, root.GetProperty("$defs").GetProperty(reference.GetString()!["#/$defs/".Length..]), path);
        if (at.TryGetProperty("oneOf", out var choices))
        {
            foreach (var choice in choices.EnumerateArray())
            {
                if (Find(root, choice, path))
                    return true;
            }

            return false;
        }

        if (path.IsEmpty)
            return true;
        if (at.TryGetProperty("properties", out var properties))
            return properties.TryGetProperty(path[0], out var member) && Find(root, member, path[1..]);
        if (at.TryGetProperty("items", out var items))
            return Find(root, items, path[1..]);
        return at.TryGetProperty("additionalProperties", out var entries) && entries.ValueKind == JsonValueKind.Object && Find(root, entries, path[1..]);
    }

    private static void AssertKept(string file, string generated, [CallerFilePath] string source = "")
    {
        var path = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "../..", file));
        if (Environment.GetEnvironmentVariable("BASCULE_UPDATE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, generated);
        }

        Assert.True(File.Exists(path), $"{file} is missing: run these tests with BASCULE_UPDATE=1.");
        Assert.True(generated == File.ReadAllText(path), $"{file} is not what the settings records say: run these tests with BASCULE_UPDATE=1 and look at the difference.");
    }
}
