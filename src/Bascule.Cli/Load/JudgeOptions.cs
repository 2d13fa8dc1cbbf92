using System.CommandLine;
using Bascule.Load;

namespace Bascule.Cli;

/// <summary>The options of <c>bascule load</c> that say what is made of a result.</summary>
internal sealed class JudgeOptions(Surroundings surroundings)
{
    private readonly Option<string[]> _thresholds = new("--threshold") { Description = "What must hold, or the exit code is 99: 'connect.fail_rate<0.1%', 'rtt.p99<5ms'. Repeatable; all metrics: docs/load.md.", HelpName = "METRIC<VALUE", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string?> _target = new("--target-latency") { Description = "Search the highest rate per connection that keeps this latency: p99=50ms. Each step holds for --hold.", HelpName = "PERCENTILE=TIME" };
    private readonly Option<string?> _compare = new("--compare") { Description = "A JSON report of an earlier run; a regression ends with exit code 98.", HelpName = "FILE" };
    private readonly Option<ReportForm> _form = new("--output") { Description = "How the report is written. Default text.", HelpName = "text|json|csv|md", CustomParser = FormOf };
    private readonly Option<bool> _json = new("--json") { Description = "The same as --output json. The shape: docs/load-report.md." };
    private readonly Option<string?> _file = new("--out") { Description = "Write the report into this file.", HelpName = "FILE" };

    internal void AddTo(Command command)
    {
        foreach (var option in (Option[])[_thresholds, _target, _compare, _form, _json, _file])
            command.Options.Add(option);
    }

    /// <summary>What is asked for; it means something only when there is no fault.</summary>
    internal async Task<(Judgement Judgement, IReadOnlyList<string> Faults)> ReadAsync(ParseResult parse, CancellationToken interruption)
    {
        var faults = new List<string>();
        var thresholds = new List<Threshold>();
        foreach (var text in parse.GetValue(_thresholds) ?? [])
            Try("--threshold", () => thresholds.Add(Threshold.Parse(text)));
        LatencyTarget? goal = null;
        if (parse.GetValue(_target) is { } target)
            Try("--target-latency", () => goal = LatencyTarget.Parse(target));
        var earlier = parse.GetValue(_compare) is { } place ? await ReadBaseAsync(place, faults, interruption) : null;
        var form = parse.GetValue(_json) ? ReportForm.Json : parse.GetValue(_form);
        if (parse.GetResult(_form) is { Implicit: false } && parse.GetValue(_form) != form)
            faults.Add("--json and another --output contradict each other. Give one of them.");
        var file = parse.GetValue(_file) is { } name ? Path.Combine(surroundings.WorkingDirectory, name) : null;
        if (file is not null && ReportFile.FaultOf(file) is { } noPlace)
            faults.Add(noPlace);
        return (new Judgement(thresholds, goal, earlier, form, file), faults);

        void Try(string option, Action read)
        {
            try
            {
                read();
            }
            catch (FormatException e)
            {
                faults.Add($"{option}: {e.Message}");
            }
        }
    }

    private static ReportForm FormOf(System.CommandLine.Parsing.ArgumentResult result)
    {
        var text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
        foreach (var form in Enum.GetValues<ReportForm>())
            if (NameOf(form) == text)
                return form;
        result.AddError($"--output is \"{text}\". Known: {string.Join(", ", Enum.GetValues<ReportForm>().Select(NameOf))}.");
        return default;
    }

    private static string NameOf(ReportForm form) => form.ToString().ToLowerInvariant();

    private async Task<LoadResult?> ReadBaseAsync(string place, List<string> faults, CancellationToken interruption)
    {
        try
        {
            using var file = new StreamReader(Path.Combine(surroundings.WorkingDirectory, place));
            var start = new char[1024];
            var length = await file.ReadBlockAsync(start, interruption);
            var text = new string(start, 0, length);
            // What cannot be a report is not read to its end: it may have none.
            return LoadJson.Read(text.TrimStart().StartsWith('{') ? text + await file.ReadToEndAsync(interruption) : text);
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            faults.Add($"--compare {place}: {e.Message}");
            return null;
        }
    }
}

/// <summary>How a report is written.</summary>
internal enum ReportForm
{
    Text,
    Json,
    Csv,
    Md,
}

/// <param name="Goal">Null when no rate is searched for.</param>
/// <param name="Base">To compare with, or null.</param>
/// <param name="File">Null for the standard output.</param>
internal sealed record Judgement(IReadOnlyList<Threshold> Thresholds, LatencyTarget? Goal, LoadResult? Base, ReportForm Form, string? File);
