using System.Collections;

namespace Bascule.Cli;

/// <summary>What a command knows of the process around it, so that a test can give it another one.</summary>
/// <param name="WorkingDirectory">Where relative paths start.</param>
public sealed record Surroundings(Output Output, IReadOnlyDictionary<string, string> Environment, string WorkingDirectory)
{
    /// <summary>What is piped in.</summary>
    public TextReader Input { get; init; } = TextReader.Null;

    /// <summary>Input and outputs as bytes, for commands that pass on what others write.</summary>
    public ByteStreams Bytes { get => field ??= ByteStreams.OfProcess(); init; }

    /// <summary>The signal that asked the command to end, once it was asked.</summary>
    public Func<string> Signal { get; init; } = static () => "SIGINT";

    /// <summary>The terminal for full-screen views; null where there is none that can show them.</summary>
    public IScreenDevice? Screen { get; init; }

    public static Surroundings OfProcess()
    {
        var environment = System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "", StringComparer.Ordinal);
        var isColored = string.IsNullOrEmpty(environment.GetValueOrDefault("NO_COLOR"));
        return new Surroundings(new Output(Console.Out, Console.Error, !Console.IsOutputRedirected, isColored, OutputPipe.Find()), environment, System.Environment.CurrentDirectory)
        {
            Input = ByteStreams.HasInput ? Console.In : TextReader.Null,
            Screen = ConsoleDevice.Find(environment),
        };
    }
}
