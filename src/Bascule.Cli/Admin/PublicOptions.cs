using System.CommandLine;
using Bascule.Settings;

namespace Bascule.Cli;

/// <summary><c>--url</c>, <c>--token</c>, <c>--config</c> and <c>--set</c>, for commands that ask a gateway as a client would.</summary>
internal sealed class PublicOptions
{
    private readonly Surroundings _surroundings;
    private readonly ConfigOptions _config;
    private readonly Option<string?> _url = new("--url") { Description = "The gateway, as clients reach it. Without it: the first of listen.public.", HelpName = "URL" };
    private readonly Option<string?> _token;

    internal PublicOptions(Surroundings surroundings, bool needsToken)
    {
        (_surroundings, _config) = (surroundings, new ConfigOptions(surroundings));
        _token = new Option<string?>("--token") { Description = "The token of the user, or `-` to read it from standard input.", Required = needsToken, HelpName = "TOKEN" };
    }

    internal void AddTo(Command command)
    {
        command.Options.Add(_token);
        command.Options.Add(_url);
        _config.AddTo(command);
    }

    /// <summary>Whether the standard input is the token.</summary>
    internal bool TakesInput(ParseResult parse) => parse.GetValue(_token) == "-";

    internal async Task<int> AskAsync(ParseResult parse, Func<AdminClient, Task<int>> ask, CancellationToken interruption)
    {
        var token = TakesInput(parse) ? await _surroundings.Input.ReadToEndAsync(interruption) : parse.GetValue(_token);
        var (option, address) = ("--url", parse.GetValue(_url));
        if (address is null)
        {
            var result = _config.Load(parse);
            if (!result.IsGood)
                return FaultReport.Write(_surroundings.Output, result.Faults);
            (option, address) = ("listen.public.0.url", PublicUrl(result.Loaded.Settings));
        }

        return await AdminOptions.AskPublicAsync(_surroundings.Output, option, address, token?.Trim(), ask);
    }

    /// <summary>An address that means all of this machine is reached at its loopback.</summary>
    private static string PublicUrl(BasculeSettings settings) =>
        settings.Listen.Public[0].Url.Replace("//0.0.0.0:", "//127.0.0.1:", StringComparison.Ordinal).Replace("//[::]:", "//[::1]:", StringComparison.Ordinal);
}
