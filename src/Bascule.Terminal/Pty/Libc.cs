using System.Runtime.InteropServices;

namespace Bascule.Terminal;

/// <summary>Descriptors: read, write, make, wait. On 64 bits: x86-64 and arm64, glibc and musl. Results below zero are negative error numbers.</summary>
internal static class Libc
{
    // Numbers of the generic Linux interface: the same on x86-64 and arm64.
    internal const int NotPermitted = 1;
    internal const int NotFound = 2;
    internal const int NoSuchProcess = 3;
    internal const int Interrupted = 4;
    internal const int IoError = 5;
    internal const int TooLong = 7;
    internal const int NoExecFormat = 8;
    internal const int NoChild = 10;
    internal const int TryAgain = 11;
    internal const int NoMemory = 12;
    internal const int Denied = 13;
    internal const int NoFolder = 20;
    internal const int TableFull = 23;
    internal const int TooManyOpen = 24;
    internal const int TextBusy = 26;
    internal const int NoSpace = 28;

    internal const int ReadWrite = 2;
    internal const int NoControllingTerminal = 0x100;
    internal const int NonBlocking = 0x800;
    internal const int CloseOnExec = 0x80000;

    private const int GetDescriptorFlags = 1;
    private const int SetStatusFlags = 4;
    private const int GetStatusFlags = 3;
    private const int DuplicateCloseOnExec = 1030;
    private const int CloseOnExecFlag = 1;
    private const int MayExecute = 1;
    private const int BytesToRead = 0x541B;

    internal static int Read(int descriptor, Span<byte> to)
    {
        // SAFETY: the span is pinned for the call; the kernel writes no more than its length.
        var count = (int)read(descriptor, ref MemoryMarshal.GetReference(to), to.Length);
        return count >= 0 ? count : -Marshal.GetLastPInvokeError();
    }

    internal static int Write(int descriptor, ReadOnlySpan<byte> from)
    {
        // SAFETY: the span is pinned for the call; the kernel only reads it.
        var count = (int)write(descriptor, ref MemoryMarshal.GetReference(from), from.Length);
        return count >= 0 ? count : -Marshal.GetLastPInvokeError();
    }

    internal static int Open(string path, int flags)
    {
        // SAFETY: the path ends with a zero; without O_CREAT the third argument of open is not looked at.
        var descriptor = open(Text(path), flags);
        return descriptor >= 0 ? descriptor : -Marshal.GetLastPInvokeError();
    }

    internal static void Close(int descriptor)
    {
        // SAFETY: the caller owns the descriptor. Linux frees it whatever close returns.
        _ = close(descriptor);
    }

    /// <summary>Both ends close on exec, and neither is one of 0 to 2, which a child's own streams would overwrite.</summary>
    /// <returns>0, or the negative error number; then there is no pipe.</returns>
    internal static int MakePipe(out int readEnd, out int writeEnd)
    {
        Span<int> pair = [-1, -1];
        // SAFETY: the kernel writes two numbers into the span, which lives on the stack.
        var fault = pipe2(ref pair[0], CloseOnExec) == 0 ? 0 : -Marshal.GetLastPInvokeError();
        if (fault == 0)
            fault = Math.Min(AwayFromStandard(ref pair[0]), AwayFromStandard(ref pair[1]));
        (readEnd, writeEnd) = (pair[0], pair[1]);
        if (fault == 0)
            return 0;
        foreach (var descriptor in pair)
            if (descriptor >= 0)
                Close(descriptor);
        return fault;
    }

    /// <summary>Gives the descriptor a number above 2, when it has none.</summary>
    internal static int AwayFromStandard(ref int descriptor)
    {
        if (descriptor > 2)
            return 0;
        // SAFETY: plain numbers.
        var other = fcntl(descriptor, DuplicateCloseOnExec, 3);
        if (other < 0)
            return -Marshal.GetLastPInvokeError();
        Close(descriptor);
        descriptor = other;
        return 0;
    }

    internal static void SetNonBlocking(int descriptor)
    {
        // SAFETY: plain numbers.
        var flags = fcntl(descriptor, GetStatusFlags, 0);
        if (flags >= 0)
            _ = fcntl(descriptor, SetStatusFlags, flags | NonBlocking);
    }

    /// <summary>Bytes that can be read now.</summary>
    internal static int Available(int descriptor)
    {
        var count = 0;
        // SAFETY: the kernel writes one number, which lives on the stack.
        return ioctl(descriptor, BytesToRead, ref count) == 0 ? count : 0;
    }

    /// <returns>False, too, when there is no such descriptor.</returns>
    internal static bool SurvivesExec(int descriptor)
    {
        // SAFETY: plain numbers.
        var flags = fcntl(descriptor, GetDescriptorFlags, 0);
        return flags >= 0 && (flags & CloseOnExecFlag) == 0;
    }

    /// <summary>Whether this process may run the file, or enter the folder.</summary>
    internal static bool IsExecutable(string path)
    {
        // SAFETY: the path ends with a zero.
        return access(Text(path), MayExecute) == 0;
    }

    /// <summary>A descriptor that can be read when somebody wrote a number to it: wakes a thread that waits.</summary>
    internal static int MakeEvent()
    {
        // SAFETY: plain numbers.
        var descriptor = eventfd(0, CloseOnExec | NonBlocking);
        return descriptor >= 0 ? descriptor : -Marshal.GetLastPInvokeError();
    }

    internal static byte[] Text(string text) => [.. System.Text.Encoding.UTF8.GetBytes(text), 0];

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint read(int descriptor, ref byte to, nint count);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint write(int descriptor, ref byte from, nint count);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int open(byte[] path, int flags);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int close(int descriptor);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int pipe2(ref int pair, int flags);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fcntl(int descriptor, int command, nint argument);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ioctl(int descriptor, nuint request, ref int argument);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int access(byte[] path, int mode);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int eventfd(uint count, int flags);
}
