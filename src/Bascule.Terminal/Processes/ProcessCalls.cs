using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Bascule.Terminal;

/// <summary>How a process ended. Both null: somebody else took the answer away.</summary>
internal readonly record struct ChildEnd(int? Code, int? Signal);

/// <summary>Processes: wait, signal, limit.</summary>
internal static class ProcessCalls
{
    private const int AnyChild = 0;
    private const int OneChild = 1;
    private const int DoNotWait = 1;
    private const int ThatEnded = 4;
    private const int LeaveIt = 0x1000000;
    private const int ByExit = 1;
    private const int StateBytes = 128;

    // Numbers of system calls that musl has no functions for: the same on x86-64 and arm64.
    private const int SendSignalByDescriptor = 424;
    private const int OpenProcessDescriptor = 434;

    /// <returns>A descriptor that can be read when the process ended, or the negative error number.</returns>
    internal static int OpenDescriptor(int process)
    {
        // SAFETY: plain numbers.
        var descriptor = (int)syscall(OpenProcessDescriptor, process, 0, 0, 0);
        return descriptor >= 0 ? descriptor : -Marshal.GetLastPInvokeError();
    }

    /// <summary>To that very process, even when its number has been given to another one since.</summary>
    internal static bool SignalByDescriptor(int descriptor, int signal)
    {
        // SAFETY: plain numbers; without more about the signal the kernel makes it up as kill does.
        return syscall(SendSignalByDescriptor, descriptor, signal, 0, 0) == 0;
    }

    /// <param name="process">Of a group, when below zero.</param>
    internal static bool Signal(int process, int signal)
    {
        // SAFETY: plain numbers.
        return kill(process, signal) == 0;
    }

    /// <returns>The leader of its session, or the negative error number.</returns>
    internal static int SessionOf(int process)
    {
        // SAFETY: plain numbers.
        var session = getsid(process);
        return session >= 0 ? session : -Marshal.GetLastPInvokeError();
    }

    /// <summary>Takes the answer of a child that ended. Null while it runs.</summary>
    internal static ChildEnd? TakeEnd(int process)
    {
        Span<byte> state = stackalloc byte[StateBytes];
        var result = WaitFor(OneChild, process, ThatEnded | DoNotWait, state);
        if (result == -Libc.Interrupted)
            return null;
        if (result < 0)
            return new ChildEnd(null, null);
        if (ProcessIn(state) == 0)
            return null;
        // siginfo_t on 64 bits: signal, error, code; from 16 on process, user, status.
        var isExit = BinaryPrimitives.ReadInt32LittleEndian(state[8..]) == ByExit;
        var status = BinaryPrimitives.ReadInt32LittleEndian(state[24..]);
        return isExit ? new ChildEnd(status, null) : new ChildEnd(null, status);
    }

    /// <returns>A child that ended and whose answer nobody took, or 0.</returns>
    internal static int PeekEnded()
    {
        Span<byte> state = stackalloc byte[StateBytes];
        return WaitFor(AnyChild, 0, ThatEnded | DoNotWait | LeaveIt, state) == 0 ? ProcessIn(state) : 0;
    }

    /// <returns>False when the system refused, or there is no such process.</returns>
    internal static bool Limit(int process, int resource, ulong soft, ulong hard)
    {
        ReadOnlySpan<ulong> limits = [soft, hard];
        // SAFETY: the kernel reads two numbers from the span, which lives on the stack, and writes nothing back to null.
        return prlimit(process, resource, ref MemoryMarshal.GetReference(limits), 0) == 0;
    }

    private static int ProcessIn(ReadOnlySpan<byte> state) => BinaryPrimitives.ReadInt32LittleEndian(state[16..]);

    private static int WaitFor(int kind, int process, int options, Span<byte> state)
    {
        // SAFETY: siginfo_t has 128 bytes, and the span has so many.
        return waitid(kind, process, ref state[0], options) == 0 ? 0 : -Marshal.GetLastPInvokeError();
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint syscall(nint number, nint a, nint b, nint c, nint d);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int process, int signal);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int getsid(int process);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int waitid(int kind, int process, ref byte state, int options);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int prlimit(int process, int resource, ref ulong limits, nint before);
}
