using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Bascule.Gateway;
using Bascule.Settings;
using Bascule.Terminal;

namespace Bascule.Cli;

/// <summary><c>bascule session run</c>: a command elsewhere, as if it ran here.</summary>
internal sealed class SessionRun(Surroundings surroundings)
{
    /// <summary>For the last words of a command that was ended because its time was over.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(10);

    /// <summary>What timers of .NET can wait is 49.7 days.</summary>
    private static readonly TimeSpan LongestLimit = TimeSpan.FromDays(49);

    private readonly SessionOrder _order = new();
    private readonly SessionOptions _gateway = new(surroundings, forOperators: false);
    private readonly Option<string?> _timeout = new("--timeout") { Description = $"End the command after so long, for example 90s or 5m, at most {DurationText.Format(LongestLimit)}; then the exit code is 124.", HelpName = "TIME" };
    private readonly Option<bool> _detach = new("--detach", "-d") { Description = "Print the id and leave; `bascule session show ID` tells how it ended." };

    internal ExampleCommand Create()
    {
        var command = new ExampleCommand(
            "run",
            "Run a command in a session of its own: its output and errors come out here, this input goes in, and its exit code is ours (128 and its number for a signal, 124 when its time is over, 127 when there is no such program, 126 when it cannot be started, 70 when the output cannot be written here, 141 when its reader has gone). "
            + "Ctrl-C and SIGTERM are passed on; a second one leaves.",
            "bascule session run -- sh -c 'echo out; echo err >&2; exit 3'",
            "bascule session run \"info domain\" --profile gam --timeout 5m",
            "tar c src | bascule session run --profile build -- tar tv")
        { _timeout, _detach };
        _order.AddTo(command);
        _gateway.AddTo(command);
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken interruption)
    {
        TimeSpan? limit = null;
        if (parse.GetValue(_timeout) is { } text)
        {
            if (!DurationText.TryParse(text, out var parsed) || parsed <= TimeSpan.Zero)
                return Refuse($"--timeout is \"{text}\"; write a time such as 90s or 5m");
            if (parsed > LongestLimit)
                return Refuse($"--timeout is \"{text}\"; the longest is {DurationText.Format(LongestLimit)}");
            limit = parsed;
        }

        if (_order.Fault(parse) is { } fault)
            return Refuse(fault);
        return await _gateway.AskAsync(
            parse,
            async gateway =>
            {
                // Not interrupted itself: nobody would know of what it began.
                var session = (await _order.CreateAsync(parse, gateway.Client, tty: false, new ScreenSize(80, 24), CancellationToken.None)).Read<SessionDocument>();
                if (!parse.GetValue(_detach))
                    return await FollowAsync(gateway, session, limit, takesInput: !_gateway.TakesInput(parse), interruption);
                surroundings.Output.Line(session.Id);
                return ExitCodes.Good;
            },
            interruption);
    }

    private async Task<int> FollowAsync(SessionGateway gateway, SessionDocument session, TimeSpan? limit, bool takesInput, CancellationToken interruption)
    {
        var plan = new SessionPlan(SessionAddress.Of(gateway.Root!, session.Path), gateway.Token, ViewerRole.Write, Take: false, static () => new ScreenSize(0, 0));
        var line = new SessionLine(plan, new RunView(surroundings.Bytes, surroundings.Output), TimeProvider.System);
        using var leaving = new CancellationTokenSource();
        using var timer = new CancellationTokenSource(limit ?? Timeout.InfiniteTimeSpan, TimeProvider.System);
        await using var interrupts = interruption.Register(() => Interrupt(line, session, leaving));
        using var onHangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => TellLeft(signal, session));
        using var onQuit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, signal => TellLeft(signal, session));
        var feeding = takesInput ? new InputFeed(surroundings.Bytes.Input, line, surroundings.Output).RunAsync(leaving.Token) : Task.CompletedTask;
        var running = line.RunAsync(leaving.Token);
        try
        {
            var isLate = await Task.WhenAny(running, Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, timer.Token)) != running;
            if (isLate)
                await EndAsync(gateway.Client, session, running);
            return isLate ? Late(limit!.Value) : await EndOfAsync(gateway.Client, session, line, await running);
        }
        catch (OutputFault fault)
        {
            return await EndUnwrittenAsync(gateway.Client, session, fault);
        }
        catch (OperationCanceledException) when (interruption.IsCancellationRequested)
        {
            await LeaveAsync(gateway.Client, session, line);
            return ExitCodes.Interrupted;
        }
        finally
        {
            await leaving.CancelAsync();
            await feeding;
        }
    }

    /// <summary>The command is asked to end; who asks again leaves it, as the program does with every second signal.</summary>
    private void Interrupt(SessionLine line, SessionDocument session, CancellationTokenSource leaving)
    {
        if (line.Talk is not { } talk)
        {
            leaving.Cancel();
            return;
        }

        surroundings.Output.ErrorLine($"{surroundings.Signal()} is sent to the command. Ctrl-C, or a second signal, leaves it; it goes on then: bascule session show {session.Id}");
        // Nobody waits: what it does to the command is seen by how that ends.
        _ = talk.SignalAsync(surroundings.Signal());
    }

    /// <summary>These end the process as they always do. Where its terminal has gone, nothing is said.</summary>
    private void TellLeft(PosixSignalContext signal, SessionDocument session) => surroundings.Output.ErrorLine(
        $"{signal.Signal} ends this here. The command goes on: bascule session show {session.Id}; to end it: bascule session delete {session.Id}");

    /// <summary>As a program that writes to nobody: it ends, and so does what it stood for.</summary>
    private async Task<int> EndUnwrittenAsync(AdminClient client, SessionDocument session, OutputFault fault)
    {
        var what = $"The standard output cannot be written: {fault.Why}.";
        try
        {
            await DeleteAsync(client, session);
            if (!fault.IsReaderGone)
                surroundings.Output.ErrorLine($"{what} So the command is ended.");
        }
        catch (AdminFault silence)
        {
            surroundings.Output.ErrorLine($"{what} The command could not be ended. {silence.Message} To end it later: bascule session delete {session.Id}");
        }

        return fault.IsReaderGone ? ExitCodes.ReaderGone : ExitCodes.OurFault;
    }

    /// <summary>Nobody could be asked to end the command: one that was not seen running is ended, of another one it is said how to find it.</summary>
    private async Task LeaveAsync(AdminClient client, SessionDocument session, SessionLine line)
    {
        var output = surroundings.Output;
        if (line.WasAttached)
        {
            output.ErrorLine($"Interrupted while the connection is away. The command goes on: bascule session show {session.Id}; to end it: bascule session delete {session.Id}");
            return;
        }

        try
        {
            await DeleteAsync(client, session);
            output.ErrorLine("Interrupted before the command was reached; its session is deleted.");
        }
        catch (AdminFault fault)
        {
            output.ErrorLine($"Interrupted, and the session could not be deleted. {fault.Message} To end it later: bascule session delete {session.Id}");
        }
    }

    /// <summary>It is ended; its last output is waited for, and not for long.</summary>
    private static async Task EndAsync(AdminClient client, SessionDocument session, Task running)
    {
        await DeleteAsync(client, session);
        await Task.WhenAny(running, Task.Delay(LastWords, TimeProvider.System));
    }

    private static Task<AdminAnswer> DeleteAsync(AdminClient client, SessionDocument session) => SessionDelete.AskAsync(client, session.Id, CancellationToken.None);

    private int Late(TimeSpan limit)
    {
        surroundings.Output.ErrorLine($"The command ran for {DurationText.Format(limit)}, and was ended.");
        return SessionTexts.TimedOut;
    }

    private async Task<int> EndOfAsync(AdminClient client, SessionDocument session, SessionLine line, TermClosing closing)
    {
        var output = surroundings.Output;
        if (line.Exit is { } exit)
        {
            if (SessionTexts.Remark(exit) is { } remark)
                output.ErrorLine(remark);
            return SessionTexts.ExitCode(exit.Cause, exit.Code, exit.Signal);
        }

        // It may have ended where nobody could be told: before it ran, or with its host.
        var known = (await client.GetAsync(SessionShow.PathOf(session.Id), CancellationToken.None)).Read<SessionDocument>();
        if (known.End is not { } end)
        {
            output.ErrorLine(string.Create(CultureInfo.InvariantCulture, $"{closing.Words} The command goes on: bascule session show {session.Id}"));
            return closing.ExitCode;
        }

        // Its exit frame did not come through: what it wrote, and how it ended, is kept.
        if (await ResultOfAsync(client, session) is { } result)
        {
            var isWhole = await WriteAsync(surroundings.Bytes.Output, result.Stdout, line.Shown(TermChannel.Output))
                & await WriteAsync(surroundings.Bytes.Errors, result.Stderr, line.Shown(TermChannel.Errors));
            if (end.Label != "exited")
                output.ErrorLine($"{end.Text.TrimEnd('.')}. {end.Advice}");
            if (result.Truncated || !isWhole)
                output.ErrorLine("The connection was lost, and not all that the command wrote was kept: some of it may be missing here.");
            return SessionTexts.ExitCode(end.Label, end.ExitCode, end.Signal);
        }

        output.ErrorLine($"{end.Text.TrimEnd('.')}. {end.Advice}");
        return end.ExitCode is null or 0 && end.Signal is null ? Math.Max(SessionTexts.ExitCode(end.Label, null, null), closing.ExitCode == 0 ? 1 : 0) : SessionTexts.ExitCode(end.Label, end.ExitCode, end.Signal);
    }

    /// <summary>Null when none is kept.</summary>
    private static async Task<SessionResultDocument?> ResultOfAsync(AdminClient client, SessionDocument session)
    {
        try
        {
            var answer = await client.SendAsync(HttpMethod.Get, SessionShow.PathOf(session.Id, "/result"), "application/json", CancellationToken.None);
            return answer.Status == 200 && answer.Read<SessionResultDocument>() is { Stdout: not null } result ? result : null;
        }
        catch (AdminFault)
        {
            // How it ended is known, and is said.
            return null;
        }
    }

    /// <param name="shown">Null: nobody knows what is missing.</param>
    /// <returns>Whether all of it was written, now or before.</returns>
    private static async Task<bool> WriteAsync(Stream stream, string? kept, long? shown)
    {
        var bytes = Convert.FromBase64String(kept ?? "");
        if (shown is not { } begin)
            return bytes.Length == 0;
        if (bytes.Length <= begin)
            return true;
        try
        {
            await stream.WriteAsync(bytes.AsMemory((int)begin));
            await stream.FlushAsync();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OutputFault(e);
        }
    }

    private int Refuse(string fault)
    {
        surroundings.Output.ErrorLine($"bascule session run: {fault}.");
        return ExitCodes.Usage;
    }
}
