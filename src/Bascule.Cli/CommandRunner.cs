using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace Bascule.Cli;

/// <summary>Runs one command line. The only place that turns a surprise into an exit code.</summary>
public static class CommandRunner
{
    public static async Task<int> RunAsync(RootCommand root, IReadOnlyList<string> args, Surroundings surroundings, CancellationToken interruption)
    {
        var output = surroundings.Output;
        foreach (var help in root.Options.OfType<HelpOption>())
            help.Action = new HelpWithExamples(new HelpAction());

        // A value that starts with @ is a value, not a file of arguments.
        var parse = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parse.Action is ParseErrorAction)
            return ReportUsage(parse, output);
        try
        {
            // Surprises and signals are ours to handle: below, and in Program.
            var invocation = new InvocationConfiguration
            {
                Output = output.Standard,
                Error = output.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await parse.InvokeAsync(invocation, interruption);
        }
        catch (OperationCanceledException) when (interruption.IsCancellationRequested)
        {
            output.ErrorLine("Interrupted.");
            return ExitCodes.Interrupted;
        }
        catch (OutputFault fault)
        {
            output.ErrorLine(fault.Message);
            return ExitCodes.OurFault;
        }
        catch (Exception surprise)
        {
            ReportSurprise(surprise, surroundings);
            return ExitCodes.OurFault;
        }
    }

    private static int ReportUsage(ParseResult parse, Output output)
    {
        // Words that no option and no argument takes may be the rest of a secret without its quotes. A wrong name of a command is none.
        var words = parse.CommandResult.Command.Subcommands.Count > 0 ? [] : parse.UnmatchedTokens;
        foreach (var error in parse.Errors.Where(e => !words.Any(word => e.Message.Contains($"'{word}'", StringComparison.Ordinal))))
            output.ErrorLine(WordsOf(error));
        ReportWords(words, output);
        List<string> names = [];
        for (SymbolResult? at = parse.CommandResult; at is CommandResult command; at = at.Parent)
            names.Insert(0, command.Command is RootCommand ? "bascule" : command.Command.Name);
        output.ErrorLine($"See: {string.Join(' ', names)} --help");
        return ExitCodes.Usage;
    }

    /// <summary>The parser names types of .NET.</summary>
    private static string WordsOf(ParseError error) => error.SymbolResult is OptionResult { Option: var option, Tokens: [var value, ..] } && error.Message.Contains("System.Int32", StringComparison.Ordinal)
        ? $"{option.Name} is \"{value.Value}\". Write a whole number."
        : error.Message;

    private static void ReportWords(IReadOnlyList<string> words, Output output)
    {
        var options = words.Where(word => word.StartsWith("--", StringComparison.Ordinal) || word is ['-', _]).ToList();
        foreach (var option in options)
            output.ErrorLine($"There is no option {option.Split('=', ':')[0]} here.");
        var others = words.Count - options.Count;
        if (others > 0)
            output.ErrorLine($"{(others == 1 ? "One word is" : $"{others} words are")} too many; not shown, because a secret may be among them. A value with spaces needs quotes: 'Authorization: Bearer TOKEN'.");
    }

    private static void ReportSurprise(Exception surprise, Surroundings surroundings)
    {
        var line = surprise.Message.ReplaceLineEndings(" ");
        if (surroundings.Environment.GetValueOrDefault("BASCULE_TRACE") == "1")
            surroundings.Output.ErrorLine($"bascule failed: {line}{Environment.NewLine}{surprise}");
        else
            surroundings.Output.ErrorLine($"bascule failed: {surprise.GetType().Name}: {line} Run it again with BASCULE_TRACE=1 to see where.");
    }
}
