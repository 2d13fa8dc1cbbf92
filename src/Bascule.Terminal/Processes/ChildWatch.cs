namespace Bascule.Terminal;

/// <summary>One process that the reactor started: takes its answer when it ended, once. Only this very process is waited for, so <see cref="System.Diagnostics.Process"/> keeps its own.</summary>
internal sealed class ChildWatch(PtyReactor reactor, int process, Action<ChildEnd> ended)
{
    private ReactorPort? _port;
    private volatile bool _isTaken;

    internal int Process { get; } = process;

    /// <summary>Its number may belong to somebody else from now on. Changes on the reactor's thread only, and before the number is given back.</summary>
    internal bool IsTaken => _isTaken;

    /// <summary>Reactor's thread.</summary>
    internal void Begin()
    {
        var descriptor = reactor.UsesProcessDescriptors ? ProcessCalls.OpenDescriptor(Process) : -Libc.NoSuchProcess;
        if (descriptor >= 0)
        {
            _port = new ReactorPort(reactor, descriptor) { Readable = Look };
            _port.WantsRead = true;
            return;
        }

        reactor.WatchBySignal();
        // It may have ended before.
        Look();
    }

    /// <summary>Reactor's thread. Nothing happens while it runs.</summary>
    internal void Look()
    {
        if (IsTaken || ProcessCalls.TakeEnd(Process) is not { } end)
            return;
        _isTaken = true;
        reactor.Forget(this);
        _port?.Close();
        ended(end);
    }

    /// <summary>Reactor's thread, on which no number is given back meanwhile. To the process and its group.</summary>
    internal void SignalGroup(int signal)
    {
        if (!IsTaken)
            _ = ProcessCalls.Signal(-Process, signal);
    }
}
