using Bascule.Settings;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>The configuration that holds, where each value came from, and its reload.</summary>
internal sealed class ConfigApi(LiveConfiguration configuration, OpenConnections open, ConfigReload reload)
{
    internal IEnumerable<AdminRoute> Routes() =>
    [
        new("GET", "/api/config", AdminRole.Read, "Every value of the configuration that holds, with its origin; secrets are masked.", ShowAsync) { Answer = typeof(ConfigDocument) },
        new("POST", "/api/config:reload", AdminRole.Act, "Reads the configuration again: all of it becomes valid, or nothing.", ReloadAsync)
        {
            Query = [("why", "For the audit log.")],
            Answer = typeof(ReloadResult),
            Faulty = typeof(ReloadResult),
        },
    ];

    private Task ShowAsync(AdminCall call)
    {
        var current = configuration.Current;
        var byGeneration = open.All().CountBy(c => c.Rules.Number).OrderBy(p => p.Key).Select(p => new GenerationDocument(p.Key, p.Value)).ToList();
        return call.AnswerAsync(
            new ConfigDocument(current.Number, current.Since, byGeneration, reload.Last, reload.Values), ReadableJson.Admin.ConfigDocument);
    }

    private async Task ReloadAsync(AdminCall call)
    {
        var result = await reload.RunAsync(call.Who.Name);
        call.Outcome = result.Applied ? $"generation {result.Generation}: {result.Changes.Count} changed" : $"refused: {result.Faults.Count} faults";
        await call.AnswerAsync(result, ReadableJson.Admin.ReloadResult, result.Applied ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
    }
}
