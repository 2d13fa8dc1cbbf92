using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary>What a new session is made of, for <c>create</c> and <c>run</c>.</summary>
internal sealed class SessionOrder
{
    private static readonly JsonSerializerOptions Layout = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly Option<string?> _profile = new("--profile", "-p") { Description = "Of the configuration: sessions.profiles. Needed where more than one would do.", HelpName = "PROFILE" };
    private readonly Option<string?> _name = new("--name") { Description = "What people call it.", HelpName = "NAME" };
    private readonly Option<string[]> _environment = new("--env", "-e") { Description = "A variable for its programs, where the profile lets you. Of one that is given twice the last holds.", HelpName = "NAME=VALUE" };

    private readonly Argument<string[]> _command = new("command")
    {
        Description = "One line, which is split into words (no shell sees it), or the words themselves behind `--`. Without it: that of the profile.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    internal void AddTo(Command command)
    {
        command.Arguments.Add(_command);
        command.Options.Add(_profile);
        command.Options.Add(_name);
        command.Options.Add(_environment);
    }

    internal bool HasCommand(ParseResult parse) => parse.GetValue(_command) is { Length: > 0 };

    /// <summary>What cannot be meant; null: nothing.</summary>
    internal string? Fault(ParseResult parse) =>
        parse.GetValue(_environment)?.FirstOrDefault(v => v.IndexOf('=') <= 0) is { } odd ? $"--env is \"{odd}\"; write NAME=VALUE" : null;

    /// <param name="tty">Null: as the profile says.</param>
    /// <exception cref="AdminFault">The gateway cannot be asked, or says no.</exception>
    internal async Task<AdminAnswer> CreateAsync(ParseResult parse, AdminClient client, bool? tty, ScreenSize size, CancellationToken interruption)
    {
        var words = parse.GetValue(_command) ?? [];
        var isLine = words.Length == 1 && parse.Tokens.All(t => t.Type != TokenType.DoubleDash);
        using var body = JsonContent.Create(
            new
            {
                Profile = parse.GetValue(_profile) ?? await OnlyProfileAsync(client, words.Length > 0, interruption),
                Command = words.Length > 0 && !isLine ? words : null,
                CommandText = isLine ? words[0] : null,
                Tty = tty,
                size.Columns,
                size.Rows,
                Environment = Variables(parse),
                Name = parse.GetValue(_name),
            },
            options: Layout);
        try
        {
            return await client.PostAsync("/api/sessions", body, [], interruption);
        }
        catch (AdminFault fault)
        {
            throw fault.SeenBy("bascule session list");
        }
    }

    private Dictionary<string, string>? Variables(ParseResult parse) => parse.GetValue(_environment) is { Length: > 0 } given
        ? given.Select(v => v.Split('=', 2)).Reverse().DistinctBy(v => v[0]).ToDictionary(v => v[0], v => v[1], StringComparer.Ordinal)
        : null;

    /// <summary>The one that is meant when there is no other to mean.</summary>
    private static async Task<string> OnlyProfileAsync(AdminClient client, bool withCommand, CancellationToken interruption)
    {
        var offered = (await client.GetAsync("/api/sessions", interruption)).Read<SessionsDocument>().Profiles ?? [];
        var fitting = offered.Where(p => withCommand ? p.Allow.Count > 0 : p.Command.Count > 0).Select(p => p.Name).ToList();
        return fitting switch
        {
            [var only] => only,
            [] => throw new AdminFault(ExitCodes.FoundFault, withCommand
                ? "No profile that is open to you takes a command: `allow` of sessions.profiles says what one may begin with."
                : "No profile that is open to you has a command of its own: give one."),
            _ => throw new AdminFault(ExitCodes.Usage, $"Several profiles would do; name one: --profile {string.Join(" | ", fitting)}"),
        };
    }
}
