using System.Collections;
using Bascule.Diagnostics;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>GET /api/diagnostics/environment: what the gateway finds around it (case A8).</summary>
internal sealed class EnvironmentApi(TimeProvider time)
{
    internal IEnumerable<AdminRoute> Routes() =>
    [
        new("GET", "/api/diagnostics/environment", AdminRole.Read, "Variables (secrets masked), the working folder, programs on PATH with their versions, the system and its limits.", AnswerAsync)
        {
            Answer = typeof(EnvironmentReport),
        },
    ];

    private async Task AnswerAsync(AdminCall call)
    {
        var variables = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "", StringComparer.Ordinal);
        var report = await EnvironmentView.TakeAsync(variables, Environment.CurrentDirectory, time, call.Cancellation);
        await call.AnswerAsync(report, ReadableJson.Admin.EnvironmentReport);
    }
}
