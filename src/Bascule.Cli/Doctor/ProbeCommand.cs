using System.CommandLine;
using Bascule.Diagnostics;

namespace Bascule.Cli;

/// <summary><c>bascule probe</c>: why a WebSocket connection fails, step by step, the guilty hop named.</summary>
public static class ProbeCommand
{
    private const string Shape = "{ url, verdicts: [{ ruleId, severity: error | warning | info, headline, seen, why, symptom, fix, source }], "
        + "steps: [{ id, result: ok | warn | fail | skipped, milliseconds, evidence, ruleId }], hops: [{ name, kind, sign, platform }], "
        + "facts: { isReachable, status, isWebSocket, subprotocol, extensions, server, pongs, echoes, closeCode, http2, idleLimit }, direct: the same | null, expectations: [{ wanted, found }], seconds, wasInterrupted }";

    public static Command Create(Surroundings surroundings)
    {
        var options = new ProbeOptionSet();
        var json = new JsonOption(Shape);
        var command = new ExampleCommand(
            "probe",
            "Find out why a WebSocket connection fails: DNS, TCP, TLS, HTTP, the upgrade in variants, the 101, subprotocol, ping, echo, close; the guilty hop is named, with what to do.\n"
                + "Exit codes: 0 nothing wrong (with --expect: all is as expected), 1 something is, 64 usage, 69 not reachable, 130 interrupted, with what was seen until then.",
            "bascule probe wss://example.com/ws",
            "bascule probe wss://example.com/ws --origin https://app.example.com --token TOKEN",
            "bascule probe wss://example.com/ws --direct ws://10.0.3.4:8080/ws",
            "bascule probe wss://example.com/ws --idle 30,60,120 --handshakes 50",
            "bascule probe wss://example.com/ws --subprotocol chat --expect status=101,subprotocol=chat,pong")
        {
            json,
        };
        options.AddTo(command);
        command.SetAction((parse, interruption) => RunAsync(surroundings, options, parse, parse.GetValue(json), interruption));
        return command;
    }

    private static async Task<int> RunAsync(Surroundings surroundings, ProbeOptionSet options, ParseResult parse, bool asJson, CancellationToken interruption)
    {
        if (options.Read(parse, surroundings) is { } fault)
        {
            surroundings.Output.ErrorLine($"bascule probe: {fault}");
            return ExitCodes.Usage;
        }

        var report = await new ProbeRun(options.Target!, options.Options!).RunAsync(step => ShowProgress(surroundings.Output, step), interruption);
        ClearProgress(surroundings.Output);
        var broken = options.Expectations.Select(e => (Wanted: e, Found: e.FaultIn(report))).Where(e => e.Found is not null).ToList();
        if (asJson)
            ProbeReportText.WriteJson(surroundings.Output, report, broken);
        else
            ProbeReportText.Write(surroundings.Output, report, options.Expectations, broken);
        if (report.WasInterrupted)
            return ExitCodes.Interrupted;
        if (options.Expectations.Count > 0)
            return broken.Count == 0 ? ExitCodes.Good : ExitCodes.FoundFault;
        return !report.Facts.IsReachable ? ExitCodes.Unreachable : report.IsGood ? ExitCodes.Good : ExitCodes.FoundFault;
    }

    // The standard output keeps only the report.
    private static void ShowProgress(Output output, ProbeStep step)
    {
        if (output.IsTerminal)
            output.Error.Write($"\r{step.Id,-40}");
    }

    private static void ClearProgress(Output output)
    {
        if (output.IsTerminal)
            output.Error.Write("\r" + new string(' ', 40) + "\r");
    }
}
