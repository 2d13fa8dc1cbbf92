using System.Runtime.InteropServices;
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
    internal async Task<int> RunAsync(SessionPlan plan, string? id, CancellationToken interruption)
    {
        var view = new AttachView(surroundings.Bytes.Output, () => screen.Size);
        var line = new SessionLine(plan, view, _time);
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(interruption);
        using var resized = new SemaphoreSlim(0, 1);
        TermClosing? closing = null;
        using (RawConsole.Enter())
        using (OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => Release(resized)))
        using (PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => Leave(signal, leaving)))
        {
            var typing = TypeAsync(line, view, leaving);
            var sizing = SizeAsync(line, view, resized, leaving.Token);
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
                await typing;
                await sizing;
                view.Leave();
            }
        }

        return Tell(line, closing, id);
    }

    private int Tell(SessionLine line, TermClosing? closing, string? id)
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

        output.ErrorLine(closing.Words);
        return closing.ExitCode;
    }

    private async Task TypeAsync(SessionLine line, AttachView view, CancellationTokenSource leaving)
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
                if (read == 0 || keys.Take(buffer.AsSpan(0, read), typed))
                    break;
                if (typed.Count > 0 && !(line.Talk is { Role: ViewerRole.Write } talk && await talk.TypeAsync(typed.ToArray(), waits: false)))
                    view.Beep();
            }

            await leaving.CancelAsync();
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
            // It is over, in another way.
        }
    }

    /// <summary>Sends the size when it changes and after each attaching, and makes the program draw again what we wrote over.</summary>
    private async Task SizeAsync(SessionLine line, AttachView view, SemaphoreSlim resized, CancellationToken over)
    {
        SessionTalk? last = null;
        try
        {
            while (true)
            {
                var talk = await line.AttachedAsync(over);
                if (talk == last)
                    await resized.WaitAsync(over);
                var isNew = talk != last;
                last = talk;
                if (talk.Role == ViewerRole.Write && talk.IsAttached)
                    await FitAsync(talk, view, isNew, over);
                await Task.Delay(SizePause, _time, over);
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // It is over.
        }
    }

    private async Task FitAsync(SessionTalk talk, AttachView view, bool isNew, CancellationToken over)
    {
        var size = screen.Size;
        if (isNew && view.NeedsRedraw && view.Attached?.Tty == true)
        {
            await talk.ResizeAsync(size with { Rows = Math.Max(2, size.Rows - 1) });
            await Task.Delay(RedrawPause, _time, over);
        }

        view.NeedsRedraw = false;
        await talk.ResizeAsync(screen.Size);
    }

    private static void Release(SemaphoreSlim resized)
    {
        // One is enough: it is asked how large the terminal is when its turn comes.
        if (resized.CurrentCount == 0)
            resized.Release();
    }

    private static void Leave(PosixSignalContext signal, CancellationTokenSource leaving)
    {
        signal.Cancel = true;
        leaving.Cancel();
    }
}
