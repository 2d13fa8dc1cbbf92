using System.Net.WebSockets;
using Microsoft.Extensions.Logging;

namespace Bascule.Terminal;

/// <summary>The life of one attached connection, from its first frame to its close: what comes, what goes, and which of the two ends it.</summary>
internal sealed class ViewerRun(HostedTerminal terminal, ViewerConnection connection, Viewer viewer, IDialect dialect, TimeProvider time, ILogger log)
{
    // contract/terminal.md: programs in a browser do not see pings.
    private static readonly TimeSpan LifePeriod = TimeSpan.FromSeconds(20);

    private const int HostFaultCode = 4500;

    /// <param name="gone">Cancelled here when the connection ends: all waits of the viewer end with it.</param>
    internal async Task RunAsync(InputQueue input, IReadOnlyList<StreamPump> pumps, CancellationTokenSource gone)
    {
        // 1. Everything at once: none of them waits for another.
        var receiving = ReceiveAsync();
        Task[] sending =
        [
            GuardAsync(OutputAsync(pumps, gone.Token)), GuardAsync(LineAsync(gone.Token)), GuardAsync(input.RunAsync(gone.Token)), GuardAsync(LiveAsync(gone.Token)),
        ];

        // 2. The client goes, or the host wants it to.
        await Task.WhenAny(receiving, viewer.EndAsked);
        var isForGood = connection.ClosedWith == WebSocketCloseStatus.NormalClosure;
        terminal.Leave(viewer, isForGood);
        await gone.CancelAsync();

        // 3. The close frame, behind the frame that is being sent, or the cut of who does not take it.
        var end = viewer.EndAsked.IsCompletedSuccessfully ? await viewer.EndAsked : new ViewerEnd((int)WebSocketCloseStatus.NormalClosure, "");
        log.ViewerLeft(terminal.Id, viewer.Client, (int?)connection.ClosedWith ?? end.Code, end.Text);
        await connection.CloseAsync(end.Code, end.Text, receiving);
        await Task.WhenAll(sending);
    }

    /// <summary>Until the client has closed, or its connection broke. What comes after the end is not heeded.</summary>
    private async Task ReceiveAsync()
    {
        while (true)
        {
            var (arrival, message) = await connection.ReceiveAsync(dialect.MostMessageBytes);
            if (arrival is Arrival.Closed or Arrival.Lost)
                return;
            if (viewer.EndAsked.IsCompleted)
                continue;
            try
            {
                if (await dialect.TakeAsync(arrival, message) is { } fault)
                    viewer.End(fault.Code, fault.Label, "never");
            }
            catch (OperationCanceledException)
            {
                // Input waited for the program when the connection ended.
            }
            catch (Exception e)
            {
                Fail(e);
            }
        }
    }

    private async Task OutputAsync(IReadOnlyList<StreamPump> pumps, CancellationToken cancellation)
    {
        await Task.WhenAll(pumps.Select(pump => pump.RunAsync(cancellation)));
        var exit = EndCauses.FrameOf(await terminal.Terminal.Ended.WaitAsync(cancellation));
        await dialect.SendExitAsync(exit);
        if (exit.Cause == HostRefusal.Stopping.Label)
            viewer.End(HostRefusal.Stopping.Code, HostRefusal.Stopping.Label, HostRefusal.Stopping.Retry);
        else
            viewer.End((int)WebSocketCloseStatus.NormalClosure, dialect.ExitLabel(exit), "never");
    }

    private async Task LineAsync(CancellationToken cancellation)
    {
        await foreach (var frame in viewer.Line.ReadAllAsync(cancellation))
        {
            if (!await connection.SendAsync(frame))
                return;
        }
    }

    private async Task LiveAsync(CancellationToken cancellation)
    {
        if (dialect.Life is not { } life)
            return;
        while (true)
        {
            await Task.Delay(LifePeriod, time, cancellation);
            if (!connection.HasSent)
                viewer.Post(life);
            connection.HasSent = false;
        }
    }

    private async Task GuardAsync(Task task)
    {
        try
        {
            await task;
        }
        catch (OperationCanceledException)
        {
            // The connection ended.
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    /// <summary>A defect of ours ends this viewer, with its name, and no other.</summary>
    private void Fail(Exception fault)
    {
        log.ViewerFault(fault, terminal.Id);
        viewer.End(HostFaultCode, "host_fault", "backoff");
    }
}
