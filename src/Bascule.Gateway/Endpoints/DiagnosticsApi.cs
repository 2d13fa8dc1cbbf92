using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>/api/diagnostics: the doctor, asked of a running gateway.</summary>
internal sealed class DiagnosticsApi(GatewayDiagnosis diagnosis)
{
    internal IEnumerable<AdminRoute> Routes() =>
    [
        new("GET", "/api/diagnostics", AdminRole.Read, "What is wrong: the machine, the configuration as it is in the files now, and a short probe of every configured node. A result is given out for 10 s.", AnswerAsync)
        {
            Answer = typeof(DiagnosisDocument),
        },
        new("POST", "/api/diagnostics:probe", AdminRole.Act, "Probes one URL on a configured node; other addresses are refused.", ProbeAsync)
        {
            Query = [("url", "ws://NODE/PATH or wss://NODE/PATH."), ("why", "For the audit log.")],
            Answer = typeof(NodeProbeDocument),
        },
    ];

    private async Task AnswerAsync(AdminCall call) => await call.AnswerAsync(await diagnosis.TakeAsync(call.Cancellation), ReadableJson.Admin.DiagnosisDocument);

    private async Task ProbeAsync(AdminCall call)
    {
        var url = call.Query("url") ?? throw new AdminRefusal(400, "Nothing to probe", "Give url=ws://NODE/PATH.");
        var document = await diagnosis.ProbeAsync(url, call.Cancellation);
        call.Outcome = $"node {document.Node} of pool {document.Pool}: {(document.Findings.Count == 0 ? "good" : document.Findings[0].RuleId)}";
        await call.AnswerAsync(document, ReadableJson.Admin.NodeProbeDocument);
    }
}
