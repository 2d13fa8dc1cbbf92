using System.CommandLine;
using System.CommandLine.Parsing;
using Bascule.Settings;

namespace Bascule.Cli;

/// <summary><c>--config</c> and <c>--set</c>, for every command that reads the configuration.</summary>
public sealed class ConfigOptions(Surroundings surroundings)
{
    private readonly Option<string?> _config = new("--config")
    {
        Description = "The configuration file. Without it: ./bascule.json, if it is there. Drop-ins in bascule.d beside it are read too.",
        HelpName = "FILE",
    };

    private readonly Option<KeyValuePair<string, string>[]> _set = new("--set")
    {
        Description = "One setting for this run, over all files and the environment; may be given more than once: --set stop.pause=5s",
        HelpName = "PATH=VALUE",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        CustomParser = ParsePairs,
        DefaultValueFactory = _ => [],
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_config);
        command.Options.Add(_set);
    }

    /// <summary>Whether the command line names a file or a setting.</summary>
    public bool IsGiven(ParseResult parse) => parse.GetValue(_config) is not null || parse.GetValue(_set) is { Length: > 0 };

    public SettingsResult Load(ParseResult parse) => SettingsLoader.Load(new SettingsSources
    {
        ConfigFile = parse.GetValue(_config),
        Overrides = parse.GetValue(_set) ?? [],
        Environment = surroundings.Environment,
        BaseDirectory = surroundings.WorkingDirectory,
    });

    private static KeyValuePair<string, string>[] ParsePairs(ArgumentResult result)
    {
        List<KeyValuePair<string, string>> pairs = [];
        foreach (var text in result.Tokens.Select(t => t.Value))
        {
            // The text is not repeated: it may be a secret whose path was forgotten.
            if (text.IndexOf('=') is > 0 and var equals)
                pairs.Add(new(text[..equals], text[(equals + 1)..]));
            else
                result.AddError("--set takes PATH=VALUE, for example --set stop.pause=5s.");
        }

        return [.. pairs];
    }
}
