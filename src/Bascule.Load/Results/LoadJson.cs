using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Bascule.Load;

/// <summary>The JSON of a result: what <c>--output json</c> writes, <c>--compare</c> reads, and worker processes send. docs/load-report.md has every field.</summary>
public static class LoadJson
{
    /// <summary>What the field <c>report</c> says, so that a file tells what it is.</summary>
    public const string Kind = "bascule load";

    // Enough of a wrong file to recognise it, in one line of an error.
    private const int SeenCharacters = 60;

    private static readonly JsonSerializerOptions Layout = new(JsonSerializerDefaults.Web)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { SecondsJson.NameUnits } },
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new SecondsJson() },
    };

    /// <summary>Readable, over many lines; tokens, values of header fields and of queries are left out.</summary>
    public static string Write(LoadResult result) => Write(LoadReport.Of(result));

    /// <summary>As <see cref="Write(LoadResult)"/>, with what was judged about it.</summary>
    public static string Write(LoadReport report) => Text(report, indented: true);

    /// <summary>All on one line without line breaks: how a worker process hands its result over.</summary>
    public static string WriteLine(LoadResult result) => Text(LoadReport.Of(result), indented: false);

    /// <summary>The result as it was written; what was judged about it is left to be judged again.</summary>
    /// <exception cref="FormatException">It is no report, a broken one, or one of a newer program. The message says what was seen.</exception>
    public static LoadResult Read(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return FaultOf(document.RootElement) is { } fault
                ? throw new FormatException(fault)
                : document.Deserialize<LoadResult>(Layout) ?? throw new FormatException(NoReport("null"));
        }
        catch (JsonException broken) when (broken.Path is null)
        {
            throw new FormatException($"{NoReport($"text that is no JSON: {Start(text)}")} {broken.Message}", broken);
        }
        catch (JsonException broken)
        {
            throw new FormatException($"The report is broken at {broken.Path}: {broken.Message}", broken);
        }
    }

    private static string Text(LoadReport report, bool indented)
    {
        var result = report.Result with { Plan = Redaction.WithoutSecrets(report.Result.Plan) };
        var text = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(text, new JsonWriterOptions { Indented = indented, NewLine = "\n", Encoder = Layout.Encoder }))
        {
            writer.WriteStartObject();
            Field("report", Kind);
            Field("version", result.Version);
            Field("summary", LoadSummary.Of(report));
            Field("environment", result.Environment);
            foreach (var property in Layout.GetTypeInfo(typeof(LoadResult)).Properties)
                if (property.Name is not "version" and not "environment")
                    Field(property.Name, property.Get!(result));
            Field("validity", report.Validity);
            Field("thresholds", report.Thresholds);
            Field("comparison", report.Comparison);
            Field("added", report.Added);
            writer.WriteEndObject();

            void Field(string name, object? value)
            {
                writer.WritePropertyName(name);
                JsonSerializer.Serialize(writer, value, Layout);
            }
        }

        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    private static string? FaultOf(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return NoReport($"a JSON {root.ValueKind.ToString().ToLowerInvariant()}");
        if (!root.TryGetProperty("report", out var kind) || kind.ValueKind != JsonValueKind.String || kind.GetString() != Kind)
        {
            var fields = root.EnumerateObject().Take(5).Select(property => Start(property.Name)).ToList();
            return NoReport(fields.Count == 0 ? "a JSON object without fields" : $"a JSON object with {string.Join(", ", fields)}");
        }

        if (!root.TryGetProperty("version", out var version) || version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out var number) || number < 1)
            return $"The report has no `version`; expected is a number up to {LoadResult.CurrentVersion}.";
        return number > LoadResult.CurrentVersion
            ? $"The report has version {number}; this program reads versions up to {LoadResult.CurrentVersion}. Read it with the newer Bascule that wrote it, or make it again."
            : null;
    }

    private static string NoReport(string seen) =>
        $"This is no report of `bascule load --output json`: seen was {seen}; expected is an object with \"report\": \"{Kind}\".";

    private static string Start(string text)
    {
        var start = text.TrimStart() is { Length: > SeenCharacters } longer ? longer[..SeenCharacters] + "..." : text.Trim();
        return start.Length == 0 ? "nothing" : string.Concat(start.Select(c => char.IsControl(c) ? ' ' : c));
    }
}
