using System.CommandLine;
using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary><c>bascule session create</c>: starts one and says where it is.</summary>
internal sealed class SessionCreate(Surroundings surroundings)
{
    /// <summary>Until somebody attaches who says how large his is (VT100).</summary>
    private static readonly ScreenSize Usual = new(80, 24);

    internal const string Shape =
        "{ id, state: starting | running | ended, name, profile, command: [word], tty, owner?, tenant?, url?, path, internalUrl?, page?, progress?, createdAt, startedAt?, expiresAt, "
        + "end?: { label, text, advice, at, exitCode?, signal?, recordingDigest? } }, with `?` only where there is one";

    private readonly SessionOrder _order = new();
    private readonly SessionOptions _gateway = new(surroundings, forOperators: false);
    private readonly JsonOption _json = new(Shape);

    internal ExampleCommand Create()
    {
        var command = new ExampleCommand(
            "create",
            "Start a session, and print its id and the address of its page.",
            "bascule session create",
            "bascule session create \"info domain\" --profile gam",
            "bascule session create --profile shell --json -- bash -l")
        { _json };
        _order.AddTo(command);
        _gateway.AddTo(command);
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken interruption)
    {
        var output = surroundings.Output;
        if (_order.Fault(parse) is { } fault)
        {
            output.ErrorLine($"bascule session create: {fault}.");
            return ExitCodes.Usage;
        }

        return await _gateway.AskAsync(
            parse,
            async gateway =>
            {
                var answer = await _order.CreateAsync(parse, gateway.Client, tty: null, surroundings.Screen?.Size ?? Usual, interruption);
                if (parse.GetValue(_json))
                {
                    output.Json(answer.Document);
                    return ExitCodes.Good;
                }

                var session = answer.Read<SessionDocument>();
                output.Line(session.Id);
                if ((session.Page ?? session.Url) is { } address)
                    output.Line(address);
                return ExitCodes.Good;
            },
            interruption);
    }
}
