using System.CommandLine;
using System.Reflection;
using Bascule.Diagnostics;
using Bascule.Gateway;
using Bascule.Settings;

namespace Bascule.Cli;

/// <summary><c>bascule lint</c>: what in deployment files breaks WebSockets, with the line, the reason and the repair.</summary>
public static class LintCommand
{
    public static Command Create(Surroundings surroundings) => new Lint(surroundings).Create();

    private sealed class Lint(Surroundings surroundings)
    {
        private readonly Argument<string[]> _paths = new("PATH") { Description = "Files and folders.", Arity = ArgumentArity.ZeroOrMore };
        private readonly Option<string> _format = new("--format") { Description = "text, json, sarif or github.", HelpName = "FORMAT", DefaultValueFactory = _ => "text" };
        private readonly Option<string> _least = new("--min-severity") { Description = "Leave out what is less: info, warning or error.", HelpName = "SEVERITY", DefaultValueFactory = _ => "warning" };
        private readonly Option<string?> _baseline = new("--baseline") { Description = "Leave out what this file knows.", HelpName = "FILE" };
        private readonly Option<bool> _update = new("--update-baseline") { Description = "Write what is found into the baseline, and end with 0." };
        private readonly Option<string?> _explain = new("--explain") { Description = "Print a rule with its examples, and lint nothing.", HelpName = "RULE" };
        private readonly Option<bool> _rules = new("--rules") { Description = "Name the rules, and lint nothing." };
        private readonly Option<int> _sockets = new("--sockets") { Description = "Connections expected at the same time.", HelpName = "N", DefaultValueFactory = _ => LintOptions.DefaultSockets };
        private readonly Option<string> _lifetime = new("--lifetime") { Description = "How long one connection shall live.", HelpName = "TIME", DefaultValueFactory = _ => "1h" };
        private readonly Option<bool> _assume = new("--assume-websockets") { Description = "Take it that WebSockets are carried, even where no file shows it." };
        private readonly JsonOption _json = new("{ verdict: finding, findings: [{ rule, severity, isWrongFix, path, line, column, seen, why, symptom, fix, diff, source, fingerprint }], errors, warnings, infos, files, suppressed, cut: [{ rule, severity, left }], webSockets: [{ what, path, line }], path: [{ name, idle, lifetime, path, line }], heartbeat, plain: [{ what, path, line }] }");

        internal ExampleCommand Create()
        {
            var command = new ExampleCommand(
                "lint",
                "Read Terraform, Kubernetes, proxy, container, env and deploy files, follow the path of a connection through them, and say what breaks WebSockets: where, why, what a client sees, how to repair it.\nExit codes: 0 nothing found, 1 something found, 64 usage, 69 a path is not there, 70 our fault, 130 interrupted.",
                "bascule lint deploy/ src/ .env",
                "bascule lint . --sockets 12000 --format sarif > lint.sarif",
                "bascule lint . --baseline lint-baseline.json --update-baseline",
                "bascule lint --explain NGINX-UPGRADE-HEADERS")
            {
                _paths, _format, _least, _baseline, _update, _explain, _rules, _sockets, _lifetime, _assume, _json,
            };
            command.SetAction(Run);
            return command;
        }

        private int Run(ParseResult parse)
        {
            if (parse.GetValue(_explain) is { } id)
                return Explain(id);
            if (parse.GetValue(_rules))
                return List();
            if (Options(parse, out var options, out var least) is { } fault)
                return Refuse(fault);
            LintReport report;
            try
            {
                var found = LintRun.Run(FolderWalk.Read(parse.GetValue(_paths) ?? [], surroundings.WorkingDirectory), options);
                report = found with { Findings = [.. found.Findings.Where(f => f.Severity <= least)] };
                if (parse.GetValue(_baseline) is { } baseline)
                {
                    var file = Path.GetFullPath(baseline, surroundings.WorkingDirectory);
                    if (parse.GetValue(_update))
                        return Update(report, file, baseline);
                    report = LintBaseline.Apply(report, File.ReadAllText(file), baseline);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ConfigFaultException)
            {
                surroundings.Output.ErrorLine($"bascule lint: {e.Message}");
                return e is ConfigFaultException ? ExitCodes.Usage : ExitCodes.Unreachable;
            }

            var format = parse.GetValue(_json) ? "json" : parse.GetRequiredValue(_format);
            // SARIF has no place for what is left out, and who reads it has limits of his own.
            Write(format == "sarif" ? report : report.Shortened(), format);
            return report.Findings.Count == 0 ? ExitCodes.Good : ExitCodes.FoundFault;
        }

        private string? Options(ParseResult parse, out LintOptions options, out Severity least)
        {
            (options, least) = (new LintOptions(), Severity.Warning);
            if (parse.GetValue(_paths) is not { Length: > 0 })
                return "give at least one file or folder: bascule lint .";
            if (parse.GetValue(_json) && parse.GetRequiredValue(_format) is not ("text" or "json"))
                return $"--json and --format {parse.GetValue(_format)} are two formats. Write one of them.";
            if (parse.GetRequiredValue(_format) is not ("text" or "json" or "sarif" or "github"))
                return $"--format is \"{parse.GetValue(_format)}\". Write text, json, sarif or github.";
            if (!Enum.TryParse(parse.GetRequiredValue(_least), ignoreCase: true, out least) || !Enum.IsDefined(least))
                return $"--min-severity is \"{parse.GetValue(_least)}\". Write info, warning or error.";
            if (parse.GetValue(_update) && parse.GetValue(_baseline) is null)
                return "--update-baseline needs --baseline FILE.";
            if (parse.GetValue(_sockets) is < 1 or > 100_000_000)
                return $"--sockets is {parse.GetValue(_sockets)}. Write a number from 1 up.";
            if (!DurationText.TryParse(parse.GetRequiredValue(_lifetime), out var lifetime) || lifetime <= TimeSpan.Zero)
                return $"--lifetime is \"{parse.GetValue(_lifetime)}\". Write a time: 30m, 1h, 24h.";
            options = new LintOptions(parse.GetValue(_sockets), lifetime.TotalSeconds, parse.GetValue(_assume));
            return null;
        }

        private void Write(LintReport report, string format)
        {
            var output = surroundings.Output;
            switch (format)
            {
                case "json":
                    output.Json(LintDocument.Of(report));
                    break;
                case "sarif":
                    output.Text(LintSarif.Write(report, BuildVersion.Of(Assembly.GetExecutingAssembly()).Version));
                    break;
                case "github":
                    output.Text(LintGitHub.Write(report));
                    break;
                default:
                    output.Line(LintText.Write(report, Columns).TrimEnd('\n'));
                    break;
            }
        }

        private int Update(LintReport report, string file, string shown)
        {
            File.WriteAllText(file, LintBaseline.Write(report));
            surroundings.Output.Line($"{shown} now knows {report.Findings.Count} findings.");
            return ExitCodes.Good;
        }

        private int Explain(string id)
        {
            if (LintRules.Find(id.ToUpperInvariant()) is not { } rule)
                return Refuse($"there is no rule {id}. bascule lint --rules names them all.");
            surroundings.Output.Line(LintText.Explain(rule, Columns).TrimEnd('\n'));
            return ExitCodes.Good;
        }

        /// <summary>0, for no wrapping, where the text goes into a file or a pipe.</summary>
        private int Columns => surroundings.Output.IsTerminal ? surroundings.Output.Terminal().Profile.Width : 0;

        private int List()
        {
            surroundings.Output.Rows(["rule", "severity", "inspects"], [.. LintRules.All.Select(r => (IReadOnlyList<string>)[r.Id, LintText.Word(r.Severity), r.Inspects])]);
            return ExitCodes.Good;
        }

        private int Refuse(string fault)
        {
            surroundings.Output.ErrorLine($"bascule lint: {fault}");
            return ExitCodes.Usage;
        }
    }
}
