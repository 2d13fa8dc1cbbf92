using System.CommandLine;
using System.Globalization;
using System.Net;
using Bascule.Diagnostics;
using Bascule.Settings;

namespace Bascule.Cli;

/// <summary><c>bascule conform</c>: what a WebSocket server, or what stands before it, does right and wrong, by RFC 6455, RFC 7692 and RFC 8441.</summary>
public static class ConformCommand
{
    public static Command Create(Surroundings surroundings) => new Conform(surroundings).Create();

    private sealed class Conform(Surroundings surroundings)
    {
        private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

        private readonly Argument<string?> _url = new("URL") { Description = "ws, wss, http or https; best an echo server.", Arity = ArgumentArity.ZeroOrOne };
        private readonly Option<string[]> _area = new("--area") { Description = "Only these areas; `--list` names them. Repeatable." };
        private readonly Option<string[]> _case = new("--case") { Description = "Only these cases. Repeatable." };
        private readonly Option<bool> _list = new("--list") { Description = "Name the cases, and play none." };
        private readonly Option<string> _timeout = new("--timeout")
        {
            Description = "How long a single answer may take, up to 10m. A number without a unit is seconds.", HelpName = "TIME", DefaultValueFactory = _ => DurationText.Format(PeerClock.DefaultStepLimit),
        };

        private readonly Option<string[]> _header = new("--header") { Description = "Sent with every handshake: 'Name: value'. Repeatable." };
        private readonly Option<bool> _insecure = new("--insecure") { Description = "Take any certificate." };
        private readonly Option<bool> _verbose = new("--verbose") { Description = "Show every case, also those that passed." };
        private readonly ThroughOptions _through = new();
        private readonly JsonOption _json = new("{ target, server, seconds, passed, lenient, failed, notApplicable, broken, wasInterrupted, deaths: [text], "
            + "cases: [{ id, area, title, source, outcome: passed | lenient | failed | notApplicable | broken, seen, expected, milliseconds }] }");

        internal ExampleCommand Create()
        {
            var command = new ExampleCommand(
                "conform",
                "Play more than 500 cases of RFC 6455, RFC 7692 and RFC 8441 against a WebSocket server, or more than 100 through what stands before one, and say what it did wrong.\nExit codes: 0 no case failed, 1 a case failed or could not be played, 64 usage, 69 not reachable.",
                "bascule conform ws://127.0.0.1:8666/echo",
                "bascule conform wss://example.com/echo --header 'Authorization: Bearer …' --area deflate --verbose",
                ThroughOptions.Example,
                "bascule conform --list")
            {
                _url, _area, _case, _list, _timeout, _header, _insecure, _verbose, _json,
            };
            _through.AddTo(command);
            command.SetAction(RunAsync);
            return command;
        }

        private async Task<int> RunAsync(ParseResult parse, CancellationToken interruption)
        {
            if (Cases(parse, out var cases) is { } unknown)
                return Refuse(unknown);
            if (parse.GetValue(_list))
                return List(cases, parse.GetValue(_json));
            if (_through.Listen(parse, out var listen) is { } wrong)
                return Refuse(wrong);
            if (Target(parse, out var target) is { } fault)
                return Refuse(fault);
            if (!AmountText.TryTime(parse.GetRequiredValue(_timeout), Longest, out var patience))
                return Refuse($"--timeout is \"{parse.GetValue(_timeout)}\". Write a time above 0 and up to 10m: 500ms, 5s, or a number of seconds.");

            var clock = new PeerClock(TimeProvider.System, patience);
            ConformReport report;
            try
            {
                report = await PlayAsync(target!, listen, clock, cases, interruption);
            }
            catch (CaseBrokenException e)
            {
                surroundings.Output.ErrorLine($"bascule conform: {e.Message}");
                return ExitCodes.Unreachable;
            }

            ConformReportText.Write(surroundings.Output, report, parse.GetValue(_json), parse.GetValue(_verbose));
            return report.WasInterrupted ? ExitCodes.Interrupted : report.IsGood ? ExitCodes.Good : ExitCodes.FoundFault;
        }

        private string? Cases(ParseResult parse, out IReadOnlyList<ConformCase> cases)
        {
            var (areas, ids) = (parse.GetValue(_area) ?? [], parse.GetValue(_case) ?? []);
            var all = _through.IsGiven(parse) ? ThroughCases.All : ServerCases.All;
            cases = [.. all.Where(c => (areas.Length == 0 || areas.Contains(c.Area.Name)) && (ids.Length == 0 || ids.Contains(c.Id)))];
            if (areas.FirstOrDefault(a => all.All(c => c.Area.Name != a)) is { } area)
                return $"there is no area {area}. There are: {string.Join(", ", all.Select(c => c.Area.Name).Distinct())}.";
            if (ids.FirstOrDefault(id => all.All(c => c.Id != id)) is { } name)
                return $"there is no case {name}. bascule conform --list names them all.";
            return cases.Count == 0 ? "no case is in these areas and has one of these names." : null;
        }

        private string? Target(ParseResult parse, out ConformTarget? target)
        {
            target = null;
            var (server, through) = (parse.GetValue(_url), parse.GetValue(_through.Url));
            if ((server ?? through) is not { } url)
                return "give the URL of a server, or --through URL.";
            if (server is not null && through is not null)
                return "give the URL of a server or --through URL, not both.";
            if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("ws" or "wss" or "http" or "https"))
                return $"{ProbeTarget.ShownText(url)} is no URL with ws, wss, http or https.";
            List<KeyValuePair<string, string>> headers = [];
            foreach (var header in parse.GetValue(_header) ?? [])
            {
                var colon = header.IndexOf(':');
                if (colon <= 0 || header.AsSpan().ContainsAny('\r', '\n'))
                    return "--header takes 'Name: value'.";
                headers.Add(new(header[..colon].Trim(), header[(colon + 1)..].Trim()));
            }

            target = new ConformTarget(parsed, headers, parse.GetValue(_insecure));
            return null;
        }

        /// <exception cref="CaseBrokenException">Nothing can be played.</exception>
        private async Task<ConformReport> PlayAsync(ConformTarget target, IPEndPoint? listen, PeerClock clock, IReadOnlyList<ConformCase> cases, CancellationToken interruption)
        {
            var output = surroundings.Output;
            var (played, failed, gate) = (0, 0, new Lock());
            var report = listen is null
                ? await new ConformRun(await ServerProbe.LookAsync(target, clock, interruption)).RunAsync(cases, OnResult, interruption)
                : await new ThroughRun(target, listen, clock).RunAsync(cases.Select(c => c.Id).ToHashSet(StringComparer.Ordinal), OnResult, interruption);
            if (output.IsTerminal)
                output.Error.Write("\r" + new string(' ', 40) + "\r");
            return report;

            void OnResult(CaseResult result)
            {
                if (!output.IsTerminal)
                    return;
                lock (gate)
                {
                    played++;
                    failed += result.Outcome is Outcome.Failed or Outcome.Broken ? 1 : 0;
                    // The standard output keeps only the report.
                    output.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{played} of {cases.Count} cases, {failed} failed  "));
                }
            }
        }

        private int List(IReadOnlyList<ConformCase> cases, bool asJson)
        {
            var rows = cases.Select(c => new { c.Id, Area = c.Area.Name, c.Title, c.Source }).ToList();
            if (asJson)
                surroundings.Output.Json(rows);
            else
                surroundings.Output.Rows(["case", "area", "title", "source"], [.. rows.Select(r => (string[])[r.Id, r.Area, r.Title, r.Source])]);
            return ExitCodes.Good;
        }

        private int Refuse(string fault)
        {
            surroundings.Output.ErrorLine($"bascule conform: {fault}");
            return ExitCodes.Usage;
        }
    }
}
