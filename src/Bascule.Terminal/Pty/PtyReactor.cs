using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Bascule.Terminal;

/// <summary>One thread that waits for all masters, pipes and processes of a host, reads into rings, and waits for nobody.</summary>
/// <remarks>Everything that is internal and not said to be otherwise belongs to that thread; others come in by <see cref="TryPost"/>. Disposed after all its terminals.</remarks>
public sealed class PtyReactor : IDisposable
{
    private const int MostEvents = 256;
    private const int BufferBytes = 64 << 10;
    private const long WakeNumber = 0;

    private readonly ILogger _log;
    private readonly EpollSet _set = new(MostEvents);
    private readonly int _wake;
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly Dictionary<long, ReactorPort> _ports = [];
    private readonly ConcurrentDictionary<int, ChildWatch> _children = new();
    // Any number may start processes together; only who looks for orphans wants to be alone.
    private readonly ReaderWriterLockSlim _spawning = new();
    private readonly Lock _ending = new();
    private readonly Thread _thread;
    private PosixSignalRegistration? _childSignal;
    private long _lastNumber = WakeNumber;
    private bool _isEnding;

    /// <exception cref="PlatformNotSupportedException">Not Linux on x86-64 or arm64.</exception>
    /// <param name="hostMark">Put into the environment of every process as <c>BASCULE_SESSION_HOST</c>, so that they are found when this host is gone: <see cref="Leftovers"/>.</param>
    public PtyReactor(string hostMark, ILogger log)
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or Architecture.Arm64))
            throw new PlatformNotSupportedException("Terminals run on Linux only, on x86-64 or arm64.");
        HostMark = hostMark;
        _log = log;
        _wake = Libc.MakeEvent();
        if (_wake < 0)
            throw new IOException($"eventfd failed: {Marshal.GetPInvokeErrorMessage(-_wake)}.");
        _set.Add(_wake, EpollSet.In, WakeNumber);
        _thread = new Thread(Run) { IsBackground = true, Name = "terminals" };
        _thread.Start();
    }

    public string HostMark { get; }

    internal MarkScan Scan { get; } = new();

    /// <summary>Where everything is read into before it goes to its ring.</summary>
    internal byte[] Buffer { get; } = GC.AllocateUninitializedArray<byte>(BufferBytes);

    /// <summary>Whether processes are waited for by descriptors of their own; kernels before 5.3 and some sandboxes have none.</summary>
    internal bool UsesProcessDescriptors { get; init; } = true;

    /// <summary>For a host that is PID 1, or a subreaper: takes away processes that ended and have nobody else. Only where no <see cref="System.Diagnostics.Process"/> is started.</summary>
    public void ReapOrphans() => TryPost(() =>
    {
        // A process that is being started is no orphan, though nobody watches it yet.
        _spawning.EnterWriteLock();
        try
        {
            while (ProcessCalls.PeekEnded() is > 0 and var process)
                if (_children.TryGetValue(process, out var child))
                    child.Look();
                else
                    _ = ProcessCalls.TakeEnd(process);
        }
        finally
        {
            _spawning.ExitWriteLock();
        }
    });

    /// <summary>Any thread. Runs it on the reactor's thread; false when that has ended.</summary>
    internal bool TryPost(Action action)
    {
        lock (_ending)
        {
            if (_isEnding)
                return false;
            _posted.Enqueue(action);
            Wake();
        }

        return true;
    }

    /// <summary>Any thread. Starts a process and watches it before anybody can take it for an orphan.</summary>
    internal ChildWatch Spawn(Func<int> start, Action<ChildEnd> ended)
    {
        _spawning.EnterReadLock();
        try
        {
            var child = new ChildWatch(this, start(), ended);
            _children[child.Process] = child;
            return child;
        }
        finally
        {
            _spawning.ExitReadLock();
        }
    }

    internal void Forget(ChildWatch child) => _children.TryRemove(child.Process, out _);

    /// <summary>Has all children without a descriptor looked at whenever one ends.</summary>
    internal void WatchBySignal()
    {
        if (!OperatingSystem.IsWindows())
            _childSignal ??= PosixSignalRegistration.Create(PosixSignal.SIGCHLD, _ => TryPost(LookAtChildren));
    }

    /// <summary>Changes what <paramref name="port"/> waits for: 0 for nothing. A port that waits for nothing is not in the set, because Linux reports a hang-up whether asked or not.</summary>
    internal void SetInterest(ReactorPort port, uint before, uint now)
    {
        if (now == 0)
        {
            _ports.Remove(port.Number);
            _set.Remove(port.Descriptor);
            return;
        }

        if (before != 0)
        {
            _set.Change(port.Descriptor, now, port.Number);
            return;
        }

        // A new number each time: events that were already reported for the old one are nobody's.
        port.Number = ++_lastNumber;
        _ports[port.Number] = port;
        _set.Add(port.Descriptor, now, port.Number);
    }

    public void Dispose()
    {
        lock (_ending)
        {
            if (_isEnding)
                return;
            _isEnding = true;
            Wake();
        }

        _thread.Join();
        _childSignal?.Dispose();
        foreach (var port in _ports.Values)
            Libc.Close(port.Descriptor);
        _spawning.Dispose();
        _set.Dispose();
        Libc.Close(_wake);
    }

    private void LookAtChildren()
    {
        foreach (var child in _children.Values)
            child.Look();
    }

    private void Wake()
    {
        ReadOnlySpan<byte> one = [1, 0, 0, 0, 0, 0, 0, 0];
        _ = Libc.Write(_wake, one);
    }

    private void Run()
    {
        Span<byte> counter = stackalloc byte[sizeof(ulong)];
        while (!Volatile.Read(ref _isEnding))
        {
            var count = _set.Wait();
            for (var i = 0; i < count; i++)
            {
                var (events, number) = _set.Event(i);
                if (number == WakeNumber)
                    _ = Libc.Read(_wake, counter);
                else if (_ports.TryGetValue(number, out var port))
                    Guard(port, static (p, e) => p.Dispatch(e), events);
            }

            while (_posted.TryDequeue(out var action))
                Guard(action, static (a, _) => a(), 0u);
        }
    }

    /// <summary>One terminal's fault is not the end of all others: it is logged, and its descriptor no longer waited for, so that it cannot come again and again.</summary>
    private void Guard<T>(T target, Action<T, uint> act, uint events)
    {
        try
        {
            act(target, events);
        }
#pragma warning disable CA1031 // Whatever it was: the thread serves all other terminals.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _log.ReactorFault(e);
            if (target is ReactorPort port)
                port.Abandon();
        }
    }
}
