using System.CommandLine;
using Bascule.Settings;

namespace Bascule.Cli;

/// <summary><c>--admin</c>, <c>--config</c> and <c>--set</c>, for every command that asks a running gateway; and the one place that says why it could not.</summary>
internal sealed class AdminOptions(Surroundings surroundings)
{
    internal const string TokenVariable = "BASCULE_ADMIN_TOKEN";

    private readonly Option<string?> _admin = new("--admin")
    {
        Description = $"The admin listener of a gateway elsewhere; its token is in {TokenVariable}. Without it: listen.admin of the configuration, with that token or the one of the data folder.",
        HelpName = "URL",
    };

    private readonly ConfigOptions _config = new(surroundings);

    internal ConfigOptions Config => _config;

    private const string Advice = "Is the gateway running there? --admin http://HOST:PORT asks another one.";

    /// <summary>Whether the command line names a gateway.</summary>
    internal bool IsElsewhere(ParseResult parse) => parse.GetValue(_admin) is not null;

    internal void AddTo(Command command)
    {
        command.Options.Add(_admin);
        _config.AddTo(command);
    }

    /// <summary>Finds the gateway and asks it.</summary>
    internal Task<int> AskAsync(ParseResult parse, Func<AdminClient, Task<int>> ask) => TellAsync(surroundings.Output, () =>
    {
        if (parse.GetValue(_admin) is { } elsewhere)
            return AskElsewhereAsync(elsewhere, ask);
        var result = _config.Load(parse);
        return result.IsGood ? AskConfiguredAsync(result.Loaded.Settings, ask) : Task.FromResult(FaultReport.Write(surroundings.Output, result.Faults));
    });

    /// <summary>Asks a public listener, as a client would.</summary>
    /// <param name="option">Where the address was given.</param>
    internal static Task<int> AskPublicAsync(Output output, string option, string address, string? token, Func<AdminClient, Task<int>> ask) => TellAsync(output, async () =>
    {
        using var client = new AdminClient(Address(option, address), token, $"Does a server listen there? {option} names it.");
        return await ask(client);
    });

    private static async Task<int> TellAsync(Output output, Func<Task<int>> ask)
    {
        try
        {
            return await ask();
        }
        catch (AdminFault fault)
        {
            output.ErrorLine(fault.Message);
            return fault.ExitCode;
        }
    }

    /// <exception cref="AdminFault">It is no address of a gateway.</exception>
    private static Uri Address(string option, string text) => Uri.TryCreate(text, UriKind.Absolute, out var root) && root.Scheme is "http" or "https"
        ? root
        : throw new AdminFault(ExitCodes.Usage, $"{option} is \"{text}\", which is no URL that can be asked. Write http://HOST:PORT or https://HOST.");

    private string? TokenOfEnvironment => surroundings.Environment.GetValueOrDefault(TokenVariable) is { Length: > 0 } token ? token.Trim() : null;

    /// <summary>The token of this machine is not sent to another one.</summary>
    private async Task<int> AskElsewhereAsync(string elsewhere, Func<AdminClient, Task<int>> ask)
    {
        var root = Address("--admin", elsewhere);
        var token = TokenOfEnvironment ?? throw new AdminFault(ExitCodes.Usage, $"--admin needs the token of that gateway in the environment: {TokenVariable}=… bascule …");
        using var client = new AdminClient(root, token, Advice);
        return await ask(client);
    }

    private async Task<int> AskConfiguredAsync(BasculeSettings settings, Func<AdminClient, Task<int>> ask)
    {
        if (settings.Listen.Admin == "off")
            throw new AdminFault(ExitCodes.Unreachable, "listen.admin of this configuration is off, so its gateway cannot be asked. Name another one: --admin http://HOST:PORT");
        var token = TokenOfEnvironment ?? AdminToken.Find(settings, surroundings.WorkingDirectory) ?? throw new AdminFault(
            ExitCodes.Unreachable,
            $"There is no admin token in {AdminToken.PathIn(settings.Data)}, and none in {TokenVariable}. Run this where the gateway runs, with its --config; or name one elsewhere: --admin http://HOST:PORT");
        using var client = new AdminClient(Address("listen.admin", settings.Listen.Admin), token, Advice);
        return await ask(client);
    }
}
