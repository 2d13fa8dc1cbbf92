using System.Runtime.InteropServices;
using System.Threading.Channels;
using Bascule.Gateway;
using Bascule.Terminal;

namespace Bascule.Cli;

/// <summary>One use of a session in this terminal, from attaching to leaving.</summary>
internal sealed class AttachRun(Surroundings surroundings, IScreenDevice screen, DetachKeys keys)
{
    /// <summary>Contract: a new size at most every 50 ms.</summary>
    private static readonly TimeSpan SizePause = TimeSpan.FromMilliseconds(50);

    /// <summary>Above the 50 ms for which the server waits for a further change, so that it sees both sizes.</summary>
    private static readonly TimeSpan RedrawPause = TimeSpan.FromMilliseconds(150);

    private readonly TimeProvider _time = TimeProvider.System;

    /// <param name="id">For the line that says how to come back; null: there is none.</param>
    /// <param name="ask">What the gateway says of the session now; null where nobody may ask.</param>
    internal async Task<int> RunAsync(SessionPlan plan, string? id, Func<Task<SessionDocument>>? ask, CancellationToken interruption)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(interruption);
        // One is enough: it is asked how large the terminal is when its turn comes.
        var changes = Channel.CreateBounded<bool>(1);
        void Change() => changes.Writer.TryWrite(true);
        var view = new AttachView(surroundings.Bytes.Output, () => screen.Size, plan, Change);
        var line = new SessionLine(plan, view, _time) { Changed = Change };
        TermClosing? closing = null;
        string? fault = null;
        // What has no terminal wants lines, as the terminal here makes them, and their end.
        using (var console = plan.HasTerminal ? RawConsole.Enter() : null)
        using (Restored(console, PosixSignal.SIGINT))
        using (Restored(console, PosixSignal.SIGTERM))
        using (Restored(console, PosixSignal.SIGQUIT))
        using (OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => Change()))
        using (PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => Leave(signal, leaving)))
        {
            var typing = TypeAsync(line, view, plan, leaving);
            var sizing = SizeAsync(line, view, changes.Reader, leaving.Token);
            try
            {
                closing = await line.RunAsync(leaving.Token);
            }
            catch (OperationCanceledException) when (leaving.IsCancellationRequested)
            {
                // Left: by its keys, or by a signal.
            }
            finally
            {
                await leaving.CancelAsync();
                await sizing;
                fault = await typing;
                view.Leave();
            }
        }

        if (fault is not null)
            surroundings.Output.ErrorLine($"The keyboard cannot be read: {fault}");
        return Math.Max(await TellAsync(line, closing, id, ask), fault is null ? ExitCodes.Good : ExitCodes.FoundFault);
    }

    private async Task<int> TellAsync(SessionLine line, TermClosing? closing, string? id, Func<Task<SessionDocument>>? ask)
    {
        var output = surroundings.Output;
        if (line.Exit is { } exit)
        {
            output.ErrorLine(SessionTexts.Remark(exit) ?? $"The session is over: exit code {exit.Code}.");
            return SessionTexts.ExitCode(exit.Cause, exit.Code, exit.Signal);
        }

        if (closing is null)
        {
            output.ErrorLine(id is null ? "Left; the session goes on." : $"Left; the session goes on. Back to it: bascule session attach {id}");
            return ExitCodes.Good;
        }

        if (ask is not null && await EndAsync(ask) is { } end)
        {
            output.ErrorLine($"{end.Text.TrimEnd('.')}. {end.Advice}");
            return SessionTexts.ExitCode(end.Label, end.ExitCode, end.Signal);
        }

        output.ErrorLine(closing.Words);
        return closing.ExitCode;
    }

    /// <summary>How the session ended; null while it runs, and where that is not told.</summary>
    private static async Task<SessionEndDocument?> EndAsync(Func<Task<SessionDocument>> ask)
    {
        try
        {
            return (await ask()).End;
        }
        catch (AdminFault)
        {
            // How the connection ended is said instead.
            return null;
        }
    }

    /// <returns>Why the keyboard cannot be read; else null.</returns>
    private async Task<string?> TypeAsync(SessionLine line, AttachView view, SessionPlan plan, CancellationTokenSource leaving)
    {
        var buffer = new byte[SessionTalk.MostInputBytes];
        var input = surroundings.Bytes.Input;
        try
        {
            while (true)
            {
                // A terminal blocks its reader, whatever it is asked: so it is left behind, and ends with the process.
                var read = await Task.Run(() => input.Read(buffer), leaving.Token).WaitAsync(leaving.Token);
                List<byte> typed = [];
                // Who only looks needs no keyboard.
                if (read == 0 && plan.Role == ViewerRole.Read)
                    await Task.Delay(Timeout.InfiniteTimeSpan, _time, leaving.Token);
                if (read == 0 && !plan.HasTerminal)
                    await line.CloseInputAsync(leaving.Token);
                if (read == 0 || keys.Take(buffer.AsSpan(0, read), typed))
                    return null;
                if (typed.Count > 0 && !(line.Talk is { Role: ViewerRole.Write } talk && await talk.TypeAsync(typed.ToArray(), waits: false)))
                    view.Beep();
            }
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
            // It is over, in another way.
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
        finally
        {
            // However it ends, nobody could leave any more.
            await leaving.CancelAsync();
        }
    }

    /// <summary>Sends the size when it changes, after each attaching and with the seat of the writer, and makes the program draw again what we wrote over.</summary>
    private async Task SizeAsync(SessionLine line, AttachView view, ChannelReader<bool> changes, CancellationToken over)
    {
        try
        {
            while (true)
            {
                await changes.ReadAsync(over);
                if (line.Talk is { Role: ViewerRole.Write } talk)
                    await FitAsync(talk, view, over);
                await Task.Delay(SizePause, _time, over);
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // It is over.
        }
    }

    private async Task FitAsync(SessionTalk talk, AttachView view, CancellationToken over)
    {
        var size = screen.Size;
        if (view.NeedsRedraw && view.Attached?.Tty == true)
        {
            view.NeedsRedraw = false;
            await talk.ResizeAsync(size with { Rows = Math.Max(2, size.Rows - 1) });
            await Task.Delay(RedrawPause, _time, over);
        }

        await talk.ResizeAsync(screen.Size);
    }

    /// <summary>A signal that may end the process at once finds the terminal as it was.</summary>
    private static PosixSignalRegistration Restored(RawConsole? console, PosixSignal signal) => PosixSignalRegistration.Create(signal, _ => console?.Dispose());

    private static void Leave(PosixSignalContext signal, CancellationTokenSource leaving)
    {
        signal.Cancel = true;
        leaving.Cancel();
    }
}
