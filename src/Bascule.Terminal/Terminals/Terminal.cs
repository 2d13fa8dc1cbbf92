using Microsoft.Extensions.Logging;

namespace Bascule.Terminal;

/// <summary>A process with a terminal, or a one-shot command with three pipes, its output, and its end.</summary>
public sealed class Terminal : IAsyncDisposable
{
    private Terminal(TerminalOrder order) => Order = order;

    public TerminalOrder Order { get; }

    public int ProcessId => throw new NotImplementedException();

    public DateTimeOffset Started => throw new NotImplementedException();

    /// <summary>stdout, or all that the terminal shows.</summary>
    public OutputRing Output => throw new NotImplementedException();

    /// <summary>stderr of a one-shot command; null with a terminal.</summary>
    public OutputRing? Errors => throw new NotImplementedException();

    /// <summary>The first <see cref="TerminalOrder.OutputCap"/> bytes of stdout of a one-shot command; empty with a terminal.</summary>
    public ReadOnlyMemory<byte> OutputResult => throw new NotImplementedException();

    public ReadOnlyMemory<byte> ErrorsResult => throw new NotImplementedException();

    public TerminalSize Size => throw new NotImplementedException();

    public TerminalModes Modes => throw new NotImplementedException();

    /// <summary>When there was input or output for the last time.</summary>
    public DateTimeOffset LastActivity => throw new NotImplementedException();

    /// <summary>Done when the process ended and its output was read to the end. Never fails.</summary>
    public Task<TerminalExit> Ended => throw new NotImplementedException();

    /// <summary>Before a deadline, the idle limit or the maximum life ends it. Handlers must not block.</summary>
    public event Action<LifeNotice>? Announced;

    /// <exception cref="TerminalStartException">Nothing was started.</exception>
    public static Terminal Start(TerminalOrder order, PtyReactor reactor, ILogger log, TimeProvider time) => throw new NotImplementedException();

    public void Resize(TerminalSize size) => throw new NotImplementedException();

    /// <summary>Takes the size away and gives it back, so that a full-screen program draws again.</summary>
    public void Redraw() => Announced?.Invoke(default);

    /// <summary>Done when the kernel took it; one at a time, others wait.</summary>
    /// <returns>False when nobody reads any more: the process is over, or has closed its input.</returns>
    public ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> input, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Ends stdin of a one-shot command, after what was written; to a terminal it sends Ctrl-D.</summary>
    public void CloseInput() => throw new NotImplementedException();

    /// <summary>To the foreground group of the terminal, or to the group of the command.</summary>
    public void Signal(int signal) => throw new NotImplementedException();

    /// <summary>Bytes from <paramref name="offset"/> on stay in <see cref="Output"/>: the program waits when the ring is full of them. <see cref="long.MaxValue"/>: nothing is held.</summary>
    /// <remarks>From the start 0 is held, for <see cref="TerminalOrder.Hold"/> or until the first call; after that only calls change it.</remarks>
    public void Hold(long offset) => throw new NotImplementedException();

    /// <summary>As <see cref="Hold"/>, of <see cref="Errors"/>.</summary>
    public void HoldErrors(long offset) => throw new NotImplementedException();

    /// <summary>How many clients are attached now: <see cref="TerminalOrder.DetachGrace"/> runs while there are none.</summary>
    public void CountViewers(int viewers) => throw new NotImplementedException();

    public Snapshot TakeSnapshot(int mostBytes = int.MaxValue) => throw new NotImplementedException();

    /// <summary>Ends it: SIGHUP, 2 s, SIGTERM, 3 s, SIGKILL, to all processes of the session. Done when they are gone; the first cause stays.</summary>
    public Task StopAsync(EndCause cause) => throw new NotImplementedException();

    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
