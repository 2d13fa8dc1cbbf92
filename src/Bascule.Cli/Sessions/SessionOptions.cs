using System.CommandLine;
using Bascule.Settings;

namespace Bascule.Cli;

/// <summary>The gateway that a command about sessions asks.</summary>
/// <param name="Root">Of its public listener; null: operators ask, by the admin listener.</param>
internal sealed record SessionGateway(AdminClient Client, Uri? Root, string? Token);

/// <summary><c>--url</c>, <c>--token</c>, <c>--config</c> and <c>--set</c>, and for operators <c>--admin</c>: which gateway, and as whom.</summary>
internal sealed class SessionOptions
{
    internal const string TokenVariable = "BASCULE_TOKEN";

    private readonly Surroundings _surroundings;
    private readonly AdminOptions? _admin;
    private readonly ConfigOptions _config;
    private readonly Option<string?> _url = new("--url") { Description = "The gateway, as clients reach it. Without it: the first of listen.public.", HelpName = "URL" };
    private readonly Option<string?> _token = new("--token") { Description = $"The token of the user, or `-` to read it from standard input; else {TokenVariable}.", HelpName = "TOKEN" };

    /// <param name="forOperators">Without --url and token, the admin listener is asked, which knows the sessions of all users.</param>
    internal SessionOptions(Surroundings surroundings, bool forOperators)
    {
        _surroundings = surroundings;
        _admin = forOperators ? new AdminOptions(surroundings) : null;
        _config = _admin?.Config ?? new ConfigOptions(surroundings);
    }

    internal void AddTo(Command command)
    {
        command.Options.Add(_url);
        command.Options.Add(_token);
        if (_admin is not null)
            _admin.AddTo(command);
        else
            _config.AddTo(command);
    }

    /// <summary>Whether the standard input is the token.</summary>
    internal bool TakesInput(ParseResult parse) => parse.GetValue(_token) == "-";

    internal async Task<int> AskAsync(ParseResult parse, Func<SessionGateway, Task<int>> ask, CancellationToken interruption)
    {
        var token = TakesInput(parse) ? await _surroundings.Input.ReadToEndAsync(interruption) : parse.GetValue(_token) ?? _surroundings.Environment.GetValueOrDefault(TokenVariable);
        token = string.IsNullOrWhiteSpace(token) ? null : token.Trim();
        if (TakesInput(parse) && token is null)
        {
            _surroundings.Output.ErrorLine($"--token is `-`, and the standard input held no token. Give it there, as `--token - < FILE` does, or set {TokenVariable}.");
            return ExitCodes.Usage;
        }

        var (option, address) = ("--url", parse.GetValue(_url));
        if (_admin is not null && address is null && (token is null || _admin.IsElsewhere(parse)))
            return await _admin.AskAsync(parse, client => ask(new SessionGateway(client, null, null)));
        if (address is null)
        {
            var result = _config.Load(parse);
            if (!result.IsGood)
                return FaultReport.Write(_surroundings.Output, result.Faults);
            (option, address) = ("listen.public.0.url", PublicUrl(result.Loaded.Settings));
        }

        return await AdminOptions.AskPublicAsync(_surroundings.Output, option, address, token, client => ask(new SessionGateway(client, new Uri(address), token)));
    }

    /// <summary>An address that means all of this machine is reached at its loopback.</summary>
    private static string PublicUrl(BasculeSettings settings) =>
        settings.Listen.Public[0].Url.Replace("//0.0.0.0:", "//127.0.0.1:", StringComparison.Ordinal).Replace("//[::]:", "//[::1]:", StringComparison.Ordinal);
}
