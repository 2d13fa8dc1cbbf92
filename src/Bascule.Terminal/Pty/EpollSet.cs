using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Bascule.Terminal;

/// <summary>Descriptors that one thread waits for.</summary>
internal sealed class EpollSet : IDisposable
{
    internal const uint In = 0x1;
    internal const uint Out = 0x4;
    internal const uint Error = 0x8;
    internal const uint HangUp = 0x10;

    private const int AddOperation = 1;
    private const int RemoveOperation = 2;
    private const int ChangeOperation = 3;

    // struct epoll_event: a 32-bit mask and 64 bits of the caller's; packed on x86-64 only (epoll_ctl(2)).
    private static readonly int NumberOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int EventBytes = NumberOffset + 8;

    private readonly int _set;
    private readonly byte[] _events;

    /// <exception cref="IOException">There is no descriptor left.</exception>
    internal EpollSet(int mostEvents)
    {
        _events = new byte[mostEvents * EventBytes];
        // SAFETY: plain numbers.
        _set = epoll_create1(Libc.CloseOnExec);
        if (_set < 0)
            throw new IOException($"epoll_create1 failed: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    internal void Add(int descriptor, uint events, long number) => Control(AddOperation, descriptor, events, number);

    internal void Change(int descriptor, uint events, long number) => Control(ChangeOperation, descriptor, events, number);

    internal void Remove(int descriptor) => Control(RemoveOperation, descriptor, 0, 0);

    /// <returns>How many events there are now: <see cref="Event"/> has them.</returns>
    internal int Wait()
    {
        // SAFETY: the array is pinned for the call; the kernel writes no more events than it is told there is room for.
        var count = epoll_wait(_set, ref _events[0], _events.Length / EventBytes, -1);
        if (count >= 0)
            return count;
        var error = Marshal.GetLastPInvokeError();
        return error == Libc.Interrupted ? 0 : throw new IOException($"epoll_wait failed: {Marshal.GetPInvokeErrorMessage(error)}.");
    }

    internal (uint Events, long Number) Event(int index)
    {
        var entry = _events.AsSpan(index * EventBytes);
        return (BinaryPrimitives.ReadUInt32LittleEndian(entry), BinaryPrimitives.ReadInt64LittleEndian(entry[NumberOffset..]));
    }

    public void Dispose() => Libc.Close(_set);

    private void Control(int operation, int descriptor, uint events, long number)
    {
        Span<byte> entry = stackalloc byte[EventBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(entry, events);
        BinaryPrimitives.WriteInt64LittleEndian(entry[NumberOffset..], number);
        // SAFETY: the kernel reads one struct from the span, which lives on the stack.
        if (epoll_ctl(_set, operation, descriptor, ref entry[0]) != 0)
            throw new IOException($"epoll_ctl {operation} of descriptor {descriptor} failed: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int epoll_create1(int flags);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int epoll_ctl(int set, int operation, int descriptor, ref byte wanted);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int epoll_wait(int set, ref byte events, int most, int milliseconds);
}
