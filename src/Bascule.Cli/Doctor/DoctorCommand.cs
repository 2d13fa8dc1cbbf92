using System.CommandLine;
using Bascule.Diagnostics;

namespace Bascule.Cli;

/// <summary><c>bascule doctor</c>: probe, linter, machine, configuration and surroundings together; the gravest cause first.</summary>
public static class DoctorCommand
{
    public static Command Create(Surroundings surroundings) => new Doctor(surroundings).Create();

    private sealed class Doctor(Surroundings surroundings)
    {
        private readonly Argument<string[]> _what = new("URL|PATH") { Description = "URLs (ws, wss, http, https) are probed, files and folders are linted. Without any: this machine, this folder and its bascule.json.", Arity = ArgumentArity.ZeroOrMore };
        private readonly Option<bool> _host = new("--host") { Description = "Look at this machine, too: how many connections it holds. Without URL and PATH it always is." };
        private readonly Option<bool> _environment = new("--environment") { Description = "Show variables (secrets masked), the working folder, programs with their versions, the system and its limits. Alone: nothing else." };
        private readonly Option<int> _sockets = new("--sockets") { Description = "Connections expected at the same time.", HelpName = "N", DefaultValueFactory = _ => LintOptions.DefaultSockets };
        private readonly ProbeOptionSet _probe = new();
        private readonly ClusterDoctor _cluster = new();
        private readonly ConfigOptions _config = new(surroundings);
        private readonly JsonOption _json = new(DoctorDocument.Shape);

        internal ExampleCommand Create()
        {
            var command = new ExampleCommand(
                "doctor",
                "Find out why WebSockets fail: probe, linter, machine, configuration together. The gravest cause stands in the first line, with the line of the file that causes what was seen.\n"
                    + "Exit codes: 0 nothing wrong, 1 something is, 64 usage, 69 a URL or the cluster cannot be reached, or a path is not there, 130 interrupted.",
                "bascule doctor",
                "bascule doctor wss://example.com/ws deploy/",
                "bascule doctor wss://example.com/ws deploy/ --idle 30,70",
                "bascule doctor --host --sockets 12000",
                "bascule doctor --cluster --kubeconfig ~/.kube/config",
                "bascule doctor --environment --json")
            {
                _what, _host, _environment, _sockets, _json,
            };
            _probe.AddOptionsTo(command);
            _config.AddTo(command);
            _cluster.AddTo(command);
            command.SetAction(RunAsync);
            return command;
        }

        private async Task<int> RunAsync(ParseResult parse, CancellationToken interruption)
        {
            if (Read(parse, out var plan) is { } fault)
            {
                surroundings.Output.ErrorLine($"bascule doctor: {fault}");
                return ExitCodes.Usage;
            }

            if (parse.GetValue<string?>("--config") is { } config && !File.Exists(Path.GetFullPath(config, surroundings.WorkingDirectory)))
            {
                surroundings.Output.ErrorLine($"bascule doctor: the configuration {config} is not there.");
                return ExitCodes.Unreachable;
            }

            if (plan.Paths.FirstOrDefault(p => !Path.Exists(Path.GetFullPath(p, surroundings.WorkingDirectory))) is { } missing)
            {
                surroundings.Output.ErrorLine($"bascule doctor: {ProbeTarget.ShownText(missing)} is not there. A URL starts with ws://, wss://, http:// or https://.");
                return ExitCodes.Unreachable;
            }

            if (plan is { Environment: true, Probes.Count: 0, Paths.Count: 0, Host: null, Configuration: null, Cluster: null })
                return await ShowEnvironmentAsync(parse, interruption);
            DoctorReport report;
            try
            {
                report = await new DoctorRun(plan, surroundings, new DoctorProgress(surroundings.Output)).RunAsync(interruption);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                surroundings.Output.ErrorLine($"bascule doctor: {e.Message}");
                return ExitCodes.Unreachable;
            }

            if (parse.GetValue(_json))
                surroundings.Output.Json(DoctorDocument.Of(report));
            else
                new DoctorText(surroundings.Output).Write(report);
            return report.ExitCode;
        }

        /// <returns>Null, or what is wrong with the command line.</returns>
        private string? Read(ParseResult parse, out DoctorPlan plan)
        {
            plan = new DoctorPlan();
            var given = parse.GetValue(_what) ?? [];
            string[] urls = [.. given.Where(IsUrl)], paths = [.. given.Where(g => !IsUrl(g))];
            if (given.FirstOrDefault(g => g.Length == 0 || (g.StartsWith('-') && !Path.Exists(Path.GetFullPath(g, surroundings.WorkingDirectory)))) is { } odd)
                return odd.Length == 0 ? "An empty word is neither URL nor path." : $"There is no option {odd}: see --help.";
            var sockets = parse.GetValue(_sockets);
            if (sockets is < 1 or > 100_000_000)
                return $"--sockets is {sockets}. Write a number from 1 up.";
            if (urls.Length == 0 && _probe.Given(parse) is { } alone)
                return $"{alone} is for the probe of a URL, and no URL is given.";
            if (!_cluster.IsWanted(parse) && _cluster.Given(parse) is { } detail)
                return $"{detail} goes with --cluster.";
            List<(ProbeTarget, ProbeOptions)> probes = [];
            foreach (var url in urls)
            {
                if (_probe.Read(parse, surroundings, url) is { } fault)
                    return fault;
                if (_probe.Options!.Direct is not null && urls.Length > 1)
                    return "--direct goes with one URL.";
                probes.Add((_probe.Target!, _probe.Options));
            }

            // Surroundings alone stay what they were before there was more to ask.
            var isAll = given.Length == 0 && !parse.GetValue(_environment) && !parse.GetValue(_host) && !_cluster.IsWanted(parse) && !_config.IsGiven(parse);
            var configuration = isAll || _config.IsGiven(parse) ? _config.Load(parse) : null;
            plan = plan with
            {
                Probes = probes,
                Paths = isAll ? ["."] : paths,
                // Who probes a WebSocket has one.
                Lint = new LintOptions(sockets, AssumeWebSockets: urls.Length > 0),
                Host = isAll || parse.GetValue(_host) ? new HostCheckOptions { Sockets = sockets, BackEnds = Math.Max(1, configuration?.Loaded?.Settings.Pools.Sum(p => p.Value.Nodes.Count) ?? 1) } : null,
                Configuration = configuration,
                Environment = parse.GetValue(_environment),
                Cluster = _cluster.IsWanted(parse) ? interruption => _cluster.LookAsync(parse, surroundings, interruption) : null,
            };
            return null;
        }

        private async Task<int> ShowEnvironmentAsync(ParseResult parse, CancellationToken interruption)
        {
            var report = await EnvironmentView.TakeAsync(surroundings.Environment, surroundings.WorkingDirectory, TimeProvider.System, interruption);
            if (parse.GetValue(_json))
                surroundings.Output.Json(report);
            else
                EnvironmentText.Write(surroundings.Output, report);
            return ExitCodes.Good;
        }

        private static bool IsUrl(string text) => text.Contains("://", StringComparison.Ordinal);
    }
}
