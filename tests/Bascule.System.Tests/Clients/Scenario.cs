using System.Text.Json;

namespace Bascule.System.Tests;

/// <summary>What a client does beside the fixed exchange of tests/interop/README.md.</summary>
/// <param name="By"><c>client</c> or <c>server</c>: who sends the first close frame.</param>
internal sealed record Scenario(bool Deflate, int CloseCode, string By)
{
    /// <summary>More than one byte per character in places, so that a wrong length would show.</summary>
    internal const string CloseReason = "bye, grüße";

    internal const string Subprotocol = "chat.v1";

    /// <summary>The steps of the exchange in README.md.</summary>
    internal static readonly string[] Steps = ["text", "utf8", "binary", "emptyText", "emptyBinary", "fragments", "large", "ping"];

    /// <summary>The route of the <see cref="ClientStage"/> that leads to an echo of this library.</summary>
    internal string RouteTo(string library) => $"/{library}-{(Deflate ? "deflate" : "plain")}";
}

/// <summary>What a client found out: the report of tests/interop/README.md.</summary>
internal sealed record ClientReport
{
    private static readonly JsonSerializerOptions Layout = new(JsonSerializerDefaults.Web);

    public bool Ok { get; init; }

    public string Step { get; init; } = "";

    public string Error { get; init; } = "";

    /// <summary>Null where the client's library cannot do the step.</summary>
    public Dictionary<string, bool?> Results { get; init; } = [];

    public int? CloseCode { get; init; }

    public string? CloseReason { get; init; }

    public string Subprotocol { get; init; } = "";

    public string Extensions { get; init; } = "";

    internal static ClientReport Parse(string json) => JsonSerializer.Deserialize<ClientReport>(json, Layout)!;

    /// <summary>Everything came back as it went, and the close passed through unchanged.</summary>
    internal void MustShow(Scenario scenario, Func<string> report, params IEnumerable<string> notPossible)
    {
        Assert.True(Ok, $"The client failed in the step {Step}: {Error}. It was closed with {CloseCode} {CloseReason}. {report()}");
        foreach (var step in Scenario.Steps.Except(notPossible, StringComparer.Ordinal))
            Assert.True(Results.GetValueOrDefault(step), step);
        Assert.Equal((scenario.CloseCode, Scenario.CloseReason), (CloseCode, CloseReason));
        Assert.Equal(Scenario.Subprotocol, Subprotocol);
        Assert.Equal(scenario.Deflate, Extensions.StartsWith("permessage-deflate", StringComparison.Ordinal));
    }
}
