using System.CommandLine;
using Bascule.Gateway;
using Bascule.Terminal;

namespace Bascule.Cli;

/// <summary><c>bascule session attach</c>: a session in this terminal.</summary>
internal sealed class SessionAttach(Surroundings surroundings)
{
    private readonly Argument<string> _id = new("id") { Description = "The session: 32 hexadecimal digits, its address, or a link that you were given." };
    private readonly Option<string> _keys = new("--detach-keys")
    {
        Description = "Keys that leave and let the session go on: `ctrl-a` or a letter, with commas between them; empty: none.",
        DefaultValueFactory = _ => DetachKeys.Usual,
        HelpName = "KEYS",
    };

    private readonly Option<bool> _readOnly = new("--read-only") { Description = "Look, and type nothing." };
    private readonly Option<bool> _take = new("--take") { Description = "Take the keyboard from who has it." };
    private readonly SessionOptions _gateway = new(surroundings, forOperators: false);

    internal ExampleCommand Create()
    {
        var command = new ExampleCommand(
            "attach",
            "Use a session in this terminal. Ctrl-P Ctrl-Q leaves it; it goes on, and can be attached to again. A lost connection is made again, and no output is lost. "
            + "To a command without a terminal you type lines: there Ctrl-D ends its input, and Ctrl-C leaves it.",
            "bascule session attach 5d41402abc4b2a76b9719d911017c592",
            "bascule session attach 5d41402abc4b2a76b9719d911017c592 --take --detach-keys 'ctrl-],d'",
            "bascule session attach 'https://gateway.example/terminal?session=5d41402abc4b2a76b9719d911017c592&link=…'")
        { _id, _keys, _readOnly, _take };
        _gateway.AddTo(command);
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken interruption)
    {
        if (!DetachKeys.TryParse(parse.GetValue(_keys)!, out var keys))
            return Refuse($"--detach-keys is \"{parse.GetValue(_keys)}\"; write for example ctrl-p,ctrl-q");
        if (surroundings.Screen is not { } screen || (!surroundings.Bytes.HasKeyboard && !parse.GetValue(_readOnly)))
            return Refuse("it needs a terminal. `bascule session run` passes input and output on without one");
        var (id, role) = (parse.GetRequiredValue(_id), parse.GetValue(_readOnly) ? ViewerRole.Read : ViewerRole.Write);
        var run = new AttachRun(surroundings, screen, keys);
        Uri? address = null;
        if (id.Contains("://", StringComparison.Ordinal))
        {
            address = SessionAddress.OfLink(id);
            if (address is null)
                return Refuse($"\"{id}\" is neither an id nor a link");
            if (SessionAddress.IdOf(address) is not { } own)
                return await run.RunAsync(new SessionPlan(address, Token: null, role, parse.GetValue(_take), () => screen.Size) { IsLink = SessionAddress.IsLink(address) }, null, null, interruption);
            id = own;
        }

        return await _gateway.AskAsync(
            parse,
            async gateway =>
            {
                // A token goes to the gateway that it is for, and not to every address that somebody sends.
                if (address is not null && !SessionAddress.IsSame(address, gateway.Root!))
                    return Refuse($"that session is at {address.Authority}, and {gateway.Root!.Authority} would be asked: name the gateway with --url");
                async Task<SessionDocument> AskAsync(CancellationToken cancellation) => (await gateway.Client.GetAsync(SessionShow.PathOf(id), cancellation)).Read<SessionDocument>();
                var session = await AskAsync(interruption);
                var plan = new SessionPlan(SessionAddress.Of(gateway.Root!, session.Path), gateway.Token, role, parse.GetValue(_take), () => screen.Size) { HasTerminal = session.Tty };
                return await run.RunAsync(plan, session.Id, () => AskAsync(CancellationToken.None), interruption);
            },
            interruption);
    }

    private int Refuse(string fault)
    {
        surroundings.Output.ErrorLine($"bascule session attach: {fault}.");
        return ExitCodes.Usage;
    }
}
