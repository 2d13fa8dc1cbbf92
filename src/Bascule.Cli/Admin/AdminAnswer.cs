using System.Text.Json;
using System.Text.Json.Serialization;
using Bascule.Model;

namespace Bascule.Cli;

/// <summary>What a gateway answered.</summary>
/// <param name="MediaType">Null when the answer had none.</param>
internal sealed record AdminAnswer(int Status, string? MediaType, string Text, Uri Address)
{
    private static readonly JsonSerializerOptions Layout = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    internal bool IsGood => Status is >= 200 and < 300;

    /// <summary>The gateway stopped looking before it had seen all.</summary>
    internal bool IsPartial { get; init; }

    /// <summary>The document as it came, so that <c>--json</c> shows what newer gateways add, too.</summary>
    internal JsonElement Document => Read<JsonElement>();

    /// <exception cref="AdminFault">It is not what a gateway of this version writes.</exception>
    internal T Read<T>()
    {
        try
        {
            return JsonSerializer.Deserialize<T>(Text, Layout)!;
        }
        catch (JsonException e)
        {
            throw new AdminFault(ExitCodes.Unreachable, $"{Address} answered what cannot be read: {e.Message} Is a gateway of the same version there?");
        }
    }

    /// <exception cref="AdminFault">It is a refusal, or no gateway answered.</exception>
    internal AdminAnswer Good()
    {
        if (IsGood)
            return this;
        if (MediaType != "application/problem+json")
            throw new AdminFault(ExitCodes.Unreachable, $"{Address} answered {Status}, and not as a gateway does. Is Bascule there? Name another one: --admin http://HOST:PORT");
        var problem = Read<Problem>();
        if (Status == 401 && problem.Label is null)
            throw new AdminFault(ExitCodes.FoundFault, $"{Address.Authority} does not know this admin token. Give listen.adminToken, or one of listen.adminTokens, of its configuration: {AdminOptions.TokenVariable}=…");
        // Only a public listener has routes; and only tickets, topics and sessions are asked for there.
        if (problem.Label == EndReasons.RouteNotFound.Label && Address.AbsolutePath.StartsWith("/api/sessions", StringComparison.Ordinal))
            throw new AdminFault(ExitCodes.FoundFault, $"{Address.Authority} has no sessions: its configuration has no section `sessions`.");
        if (problem.Label == EndReasons.RouteNotFound.Label && Address.AbsolutePath != "/api/tickets" && !Address.AbsolutePath.StartsWith("/api/topics", StringComparison.Ordinal))
            throw new AdminFault(ExitCodes.Unreachable, $"{Address.Authority} is the public listener of a gateway: it does not know {Address.AbsolutePath}. Name its admin listener: --admin http://HOST:PORT");
        var detail = string.IsNullOrEmpty(problem.Detail) ? problem.Advice : problem.Detail;
        throw new AdminFault(ExitCodes.FoundFault, $"{problem.Title.TrimEnd('.')} ({Status}): {detail}");
    }

    /// <summary>What refusals of both listeners say; only those of the public one have a label.</summary>
    private sealed record Problem(string Title, string? Detail, string? Label, string? Advice);
}
