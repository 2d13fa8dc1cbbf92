using System.Runtime.InteropServices;

namespace Bascule.Gateway;

/// <summary>The calls of Linux that .NET has no name for, on 64 bits: x86-64 and arm64, glibc and musl.</summary>
internal static class SystemCalls
{
    // Numbers of the generic Linux interface: the same on x86-64 and arm64.
    internal const int Interrupted = 4;
    internal const int TooManyDescriptorsInFlight = 109;
    internal const int NoSignal = 0x4000;
    internal const int CloseOnExec = 0x40000000;
    internal const int ControlTruncated = 0x8;
    internal const int SocketLevel = 1;
    internal const int Rights = 1;
    internal const int PeerCredentials = 17;
    internal const int Quit = 3;

    private const int DuplicateCloseOnExec = 1030;
    private const int GetStatusFlags = 3;
    private const int SetStatusFlags = 4;
    private const int NonBlocking = 0x800;
    private const int EpollDelete = 2;
    private const int CloseOnExecOfDuplicate = 0x80000;
    private const int BothDirections = 2;
    private const int UnixFamily = 1;
    private const int StreamType = 1;
    private const int CurrentFolder = -100;
    private const int NotThroughLinks = 0x100;
    private const uint BasicFacts = 0x7ff;
    private const int FactsBytes = 256;
    private const int UserOffset = 20;
    private const int ModeOffset = 28;
    private const int FolderOnlyOwn = 0x4000 | 0b111_000_000;

    /// <exception cref="PlatformNotSupportedException">Not Linux on x86-64 or arm64.</exception>
    internal static void Require()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or Architecture.Arm64))
            throw new PlatformNotSupportedException("Sockets are handed over on Linux only, on x86-64 or arm64. Set hub.mode to `single`.");
    }

    /// <returns>Bytes, or the negative error number.</returns>
    internal static int Send(int socket, in MessageHeader message)
    {
        // SAFETY: the header and all it points to are pinned by the caller for the length of the call; the kernel only reads them.
        var sent = (int)sendmsg(socket, in message, NoSignal);
        return sent >= 0 ? sent : -Marshal.GetLastPInvokeError();
    }

    /// <returns>Bytes, or the negative error number.</returns>
    internal static int Receive(int socket, ref MessageHeader message)
    {
        // SAFETY: as above; the kernel writes no more than the lengths in the header say.
        var received = (int)recvmsg(socket, ref message, CloseOnExec);
        return received >= 0 ? received : -Marshal.GetLastPInvokeError();
    }

    /// <returns>A second descriptor for the same socket, or the negative error number.</returns>
    internal static int Duplicate(int descriptor)
    {
        // SAFETY: plain numbers.
        var copy = fcntl(descriptor, DuplicateCloseOnExec, 0);
        return copy >= 0 ? copy : -Marshal.GetLastPInvokeError();
    }

    /// <exception cref="System.Net.Sockets.SocketException">There is no free descriptor.</exception>
    internal static (int One, int Other) MakePair()
    {
        Span<int> pair = stackalloc int[2];
        // SAFETY: the kernel writes two numbers into the span, which lives on the stack.
        if (socketpair(UnixFamily, StreamType | CloseOnExecOfDuplicate, 0, ref pair[0]) != 0)
            throw new System.Net.Sockets.SocketException(Marshal.GetLastPInvokeError());
        return (pair[0], pair[1]);
    }

    /// <summary>Makes <paramref name="number"/> another name of <paramref name="descriptor"/>; what it named before loses that name at once.</summary>
    internal static bool Rename(int descriptor, int number)
    {
        // SAFETY: plain numbers.
        return dup3(descriptor, number, CloseOnExecOfDuplicate) >= 0;
    }

    internal static void SetBlocking(int descriptor)
    {
        // SAFETY: plain numbers.
        var flags = fcntl(descriptor, GetStatusFlags, 0);
        if (flags >= 0)
            _ = fcntl(descriptor, SetStatusFlags, flags & ~NonBlocking);
    }

    /// <returns>False when the set did not have it.</returns>
    internal static bool RemoveFromEpoll(int set, int descriptor)
    {
        // SAFETY: plain numbers; the event is not looked at when one is removed.
        return epoll_ctl(set, EpollDelete, descriptor, 0) == 0;
    }

    /// <summary>Wakes whoever waits in a read or write of this socket. That it was over already is no failure.</summary>
    internal static void Shutdown(int socket)
    {
        // SAFETY: plain numbers.
        _ = shutdown(socket, BothDirections);
    }

    internal static void Close(int descriptor)
    {
        // SAFETY: the caller owns the descriptor. Linux frees it whatever close returns.
        _ = close(descriptor);
    }

    internal static uint EffectiveUser()
    {
        // SAFETY: takes nothing, cannot fail.
        return geteuid();
    }

    /// <summary>Whether it is a folder, and no link to one, of this user, with mode 700.</summary>
    internal static bool IsOwnFolder(string path)
    {
        // struct statx: the same on all architectures.
        Span<byte> facts = stackalloc byte[FactsBytes];
        // SAFETY: the path ends with a zero; the kernel writes no more than the struct into the span, which lives on the stack.
        if (statx(CurrentFolder, [.. System.Text.Encoding.UTF8.GetBytes(path), 0], NotThroughLinks, BasicFacts, ref facts[0]) != 0)
            return false;
        return BitConverter.ToUInt32(facts[UserOffset..]) == EffectiveUser() && BitConverter.ToUInt16(facts[ModeOffset..]) == FolderOnlyOwn;
    }

    /// <returns>False when there is no such process any more.</returns>
    internal static bool Signal(int process, int signal)
    {
        // SAFETY: plain numbers.
        return kill(process, signal) == 0;
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint sendmsg(int socket, in MessageHeader message, int flags);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint recvmsg(int socket, ref MessageHeader message, int flags);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fcntl(int descriptor, int command, nint argument);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int dup3(int descriptor, int number, int flags);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int epoll_ctl(int set, int operation, int descriptor, nint wanted);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int socketpair(int family, int type, int protocol, ref int pair);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int statx(int folder, byte[] path, int flags, uint wanted, ref byte facts);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int shutdown(int socket, int how);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int close(int descriptor);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint geteuid();

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int process, int signal);

    /// <summary>struct msghdr. musl has 32-bit lengths with padding after them where glibc and the kernel have 64 bits: on a little-endian machine the same bytes, as long as the padding is zero.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MessageHeader
    {
        internal nint Name;
        internal ulong NameLength;
        internal nint Vectors;
        internal ulong VectorCount;
        internal nint Control;
        internal ulong ControlLength;
        internal ulong Flags;
    }
}
