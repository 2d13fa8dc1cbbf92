using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Bascule.Terminal;

/// <summary>Makes pseudo-terminals and changes them by their master.</summary>
internal static class PseudoTerminal
{
    private const int GetSettings = 0x5401;
    private const int SetSettings = 0x5402;
    private const int GetForegroundGroup = 0x540F;
    private const int SetWindowSize = 0x5414;
    private const uint InputIsUtf8 = 0x4000;
    private const int SettingsBytes = 64;
    private const int NameBytes = 128;

    /// <summary>Opens both ends: the master does not block; the slave is only there so that the child finds it, and is not our controlling terminal.</summary>
    /// <exception cref="TerminalStartException">The system has none left.</exception>
    internal static (int Master, int Slave, string Name) Open(TerminalSize size)
    {
        // SAFETY: plain numbers.
        var master = posix_openpt(Libc.ReadWrite | Libc.NoControllingTerminal | Libc.NonBlocking | Libc.CloseOnExec);
        if (master < 0)
            throw Fault("posix_openpt", Marshal.GetLastPInvokeError());
        var slave = -1;
        try
        {
            Check("a descriptor above 2", Libc.AwayFromStandard(ref master));
            // SAFETY: plain numbers.
            Check("grantpt", grantpt(master) == 0 ? 0 : -Marshal.GetLastPInvokeError());
            // SAFETY: plain numbers.
            Check("unlockpt", unlockpt(master) == 0 ? 0 : -Marshal.GetLastPInvokeError());
            var name = NameOf(master);
            SetUtf8(master);
            Resize(master, size);
            slave = Libc.Open(name, Libc.ReadWrite | Libc.NoControllingTerminal | Libc.CloseOnExec);
            Check($"opening {name}", slave);
            Check("a descriptor above 2", Libc.AwayFromStandard(ref slave));
            return (master, slave, name);
        }
        catch
        {
            Libc.Close(master);
            if (slave >= 0)
                Libc.Close(slave);
            throw;
        }
    }

    internal static void Resize(int master, TerminalSize size)
    {
        // struct winsize: rows, columns, and two sizes in pixels that nobody knows.
        Span<ushort> window = [(ushort)size.Rows, (ushort)size.Columns, 0, 0];
        // SAFETY: the kernel reads four numbers from the span, which lives on the stack.
        _ = ioctl(master, SetWindowSize, ref MemoryMarshal.AsBytes(window)[0]);
    }

    /// <returns>0 when there is none.</returns>
    internal static int ForegroundGroup(int master)
    {
        Span<byte> group = stackalloc byte[sizeof(int)];
        // SAFETY: the kernel writes one number into the span, which lives on the stack.
        return ioctl(master, GetForegroundGroup, ref group[0]) == 0 ? BinaryPrimitives.ReadInt32LittleEndian(group) : 0;
    }

    /// <summary>So that backspace takes whole characters while the kernel edits the line.</summary>
    private static void SetUtf8(int master)
    {
        Span<byte> settings = stackalloc byte[SettingsBytes];
        // SAFETY: struct termios of the kernel has 36 bytes on both architectures; it begins with the input flags.
        if (ioctl(master, GetSettings, ref settings[0]) != 0)
            return;
        BinaryPrimitives.WriteUInt32LittleEndian(settings, BinaryPrimitives.ReadUInt32LittleEndian(settings) | InputIsUtf8);
        // SAFETY: as above; the kernel reads what it wrote.
        _ = ioctl(master, SetSettings, ref settings[0]);
    }

    private static string NameOf(int master)
    {
        Span<byte> name = stackalloc byte[NameBytes];
        // SAFETY: the name is written into the span with its zero, and no more than its length.
        var error = ptsname_r(master, ref name[0], name.Length);
        if (error != 0)
            throw Fault("ptsname_r", error > 0 ? error : Marshal.GetLastPInvokeError());
        return Encoding.UTF8.GetString(name[..name.IndexOf((byte)0)]);
    }

    private static void Check(string what, int result)
    {
        if (result < 0)
            throw Fault(what, -result);
    }

    internal static TerminalStartException Fault(string what, int error) => error is Libc.TooManyOpen or Libc.TableFull
        ? new(StartFault.NoDescriptors, $"No descriptor is left for a terminal ({what}). Raise the limit of open files of the host (ulimit -n), or have fewer sessions on it.")
        : new(StartFault.NoTerminals, $"No terminal could be made: {what}: {Marshal.GetPInvokeErrorMessage(error)}. Look at /proc/sys/kernel/pty/max and /proc/sys/kernel/pty/nr, and whether devpts is mounted at /dev/pts.");

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int posix_openpt(int flags);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int grantpt(int master);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int unlockpt(int master);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ptsname_r(int master, ref byte name, nint length);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ioctl(int descriptor, nuint request, ref byte argument);
}
