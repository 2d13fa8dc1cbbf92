using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

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
        foreach (var error in parse.Errors)
            output.ErrorLine(error.Message);
        List<string> names = [];
        for (System.CommandLine.Parsing.SymbolResult? at = parse.CommandResult; at is System.CommandLine.Parsing.CommandResult command; at = at.Parent)
            names.Insert(0, command.Command is RootCommand ? "bascule" : command.Command.Name);
        output.ErrorLine($"See: {string.Join(' ', names)} --help");
        return ExitCodes.Usage;
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
