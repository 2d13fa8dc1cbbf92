using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Bascule.Terminal;

namespace Bascule.Cli;

/// <summary>What terminal an agent makes: the order of contract/terminal.md as options.</summary>
internal sealed class AgentOptions
{
    private static readonly OrderDocument Defaults = new();

    private readonly Option<bool> _noTty = new("--no-tty") { Description = "A one-shot command with stdin, stdout and stderr in place of a terminal." };
    private readonly Option<(int Columns, int Rows)> _size = new("--size") { Description = "Size of the terminal until a client says its own. Default 80x24.", HelpName = "COLUMNSxROWS", CustomParser = SizeOf };
    private readonly Option<string[]> _pass = new("--pass") { Description = "Variable of the agent's own environment that the command gets too; may be given several times.", HelpName = "NAME", DefaultValueFactory = _ => [] };
    private readonly Option<string?> _directory = new("--directory") { Description = "Where the command runs. Default: here.", HelpName = "DIR" };
    private readonly Option<int> _scrollback = Number("--scrollback", "Bytes of output that are kept for who comes back.", Defaults.ScrollbackBytes, "BYTES");
    private readonly Option<int> _outputCap = Number("--output-cap", "Bytes that the result keeps of stdout and of stderr.", Defaults.OutputCap, "BYTES");
    private readonly Option<int> _viewers = Number("--viewers", "Most clients at once.", Defaults.Viewers, "N");
    private readonly Option<TimeSpan?> _hold = Time("--hold", "How long the program waits for a writer that was cut. Default 60s.");
    private readonly Option<TimeSpan?> _deadline = Time("--deadline", "How long the command may run. Default: no limit.");
    private readonly Option<TimeSpan?> _idle = Time("--idle", "Ends it when nothing was typed or printed for so long. Default: never.");
    private readonly Option<TimeSpan?> _maximumLife = Time("--maximum-life", "Ends it after so long in any case. Default: never.");
    private readonly Option<TimeSpan?> _detachGrace = Time("--detach-grace", "Ends it when nobody was attached for so long. Default: never.");
    private readonly Option<string> _recording = new("--recording") { Description = "What is written down.", HelpName = "off|metadata|output|input", DefaultValueFactory = _ => Defaults.Recording };
    private readonly Option<int?> _cpuSeconds = new("--cpu-seconds") { Description = "Processor time of each process. Default: no limit of ours.", HelpName = "N" };
    private readonly Option<int?> _processes = new("--processes") { Description = "Processes of the user. Default: no limit of ours.", HelpName = "N" };
    private readonly Option<int?> _openFiles = new("--open-files") { Description = "Open files of each process. Default: no limit of ours.", HelpName = "N" };

    private readonly Argument<string[]> _command = new("COMMAND") { Description = "The command and its arguments, behind --. No shell reads them.", Arity = ArgumentArity.OneOrMore };

    internal void AddTo(Command command)
    {
        Option[] all = [_noTty, _size, _pass, _directory, _scrollback, _outputCap, _viewers, _hold, _deadline, _idle, _maximumLife, _detachGrace, _recording, _cpuSeconds, _processes, _openFiles];
        foreach (var option in all)
            command.Options.Add(option);
        command.Arguments.Add(_command);
    }

    /// <param name="key">What the terms of clients are sealed with; null when there are none.</param>
    /// <param name="environment">The agent's own.</param>
    internal OrderDocument Read(ParseResult parse, string? key, IReadOnlyDictionary<string, string> environment)
    {
        var (columns, rows) = parse.GetValue(_size);
        return new OrderDocument
        {
            Command = parse.GetRequiredValue(_command),
            Tty = !parse.GetValue(_noTty),
            Environment = parse.GetRequiredValue(_pass).Distinct(StringComparer.Ordinal).Where(environment.ContainsKey).ToDictionary(name => name, name => environment[name], StringComparer.Ordinal),
            WorkingDirectory = parse.GetValue(_directory),
            Columns = columns == 0 ? Defaults.Columns : columns,
            Rows = rows == 0 ? Defaults.Rows : rows,
            ScrollbackBytes = parse.GetValue(_scrollback),
            OutputCap = parse.GetValue(_outputCap),
            Viewers = parse.GetValue(_viewers),
            HoldSeconds = parse.GetValue(_hold)?.TotalSeconds ?? Defaults.HoldSeconds,
            DeadlineSeconds = parse.GetValue(_deadline)?.TotalSeconds,
            IdleSeconds = parse.GetValue(_idle)?.TotalSeconds,
            MaximumLifeSeconds = parse.GetValue(_maximumLife)?.TotalSeconds,
            DetachGraceSeconds = parse.GetValue(_detachGrace)?.TotalSeconds,
            Recording = parse.GetValue(_recording)!,
            Limits = new LimitsDocument(null, parse.GetValue(_cpuSeconds), parse.GetValue(_processes), parse.GetValue(_openFiles)),
            Key = key,
        };
    }

    internal static Option<TimeSpan?> Time(string name, string description) => new(name) { Description = description, HelpName = "TIME", CustomParser = TimeOf };

    private static Option<int> Number(string name, string description, int missing, string help) => new(name) { Description = description, HelpName = help, DefaultValueFactory = _ => missing };

    private static TimeSpan? TimeOf(ArgumentResult result)
    {
        if (AmountText.TryDuration(result.Tokens[0].Value, out var time))
            return time;
        result.AddError($"{result.Tokens[0].Value} is no time: 250ms, 30s, 1m30s, 8h.");
        return null;
    }

    private static (int Columns, int Rows) SizeOf(ArgumentResult result)
    {
        if (result.Tokens[0].Value.Split('x') is [var columns, var rows]
            && int.TryParse(columns, NumberStyles.None, CultureInfo.InvariantCulture, out var width) && int.TryParse(rows, NumberStyles.None, CultureInfo.InvariantCulture, out var height)
            && width > 0 && height > 0)
        {
            return (width, height);
        }

        result.AddError($"{result.Tokens[0].Value} is no size: 80x24.");
        return default;
    }
}
