using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bascule.Gateway;

/// <summary>How the gateway writes JSON: quotes, backticks and ampersands stay readable, for none of it is ever put into a page.</summary>
internal static class ReadableJson
{
    internal static ExplainJson Explain { get; } = new(Like(ExplainJson.Default));

    internal static EndpointJson Endpoints { get; } = new(Like(EndpointJson.Default));

    internal static AdminJson Admin { get; } = new(Like(AdminJson.Default));

    internal static TokenJson Tokens { get; } = new(Like(TokenJson.Default));

    internal static TopicJson Topics { get; } = new(Like(TopicJson.Default));

    internal static EventJson Events { get; } = new(Like(EventJson.Default));

    internal static ProbeJson Probe { get; } = new(Like(ProbeJson.Default));

    internal static ProblemJson Problems { get; } = new(Like(ProblemJson.Default));

    private static JsonSerializerOptions Like(JsonSerializerContext context) => new(context.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
