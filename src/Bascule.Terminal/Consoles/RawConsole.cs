using System.Runtime.InteropServices;

namespace Bascule.Terminal;

/// <summary>The terminal that this process was started in, in raw mode until it is disposed of: every key arrives as it is, and what is written is not changed.</summary>
public sealed class RawConsole : IDisposable
{
    private const int StandardInput = 0;

    /// <summary>After what is written has left (termios(3)).</summary>
    private const int AfterOutput = 1;

    /// <summary><c>struct termios</c> has 60 bytes with glibc and musl; other systems have up to 72. Only the C library looks inside.</summary>
    private const int StateBytes = 256;

    private readonly byte[] _before;

    private RawConsole(byte[] before) => _before = before;

    /// <returns>Null where the standard input is no terminal.</returns>
    public static RawConsole? Enter()
    {
        var before = new byte[StateBytes];
        if (tcgetattr(StandardInput, before) != 0)
            return null;
        var raw = (byte[])before.Clone();
        cfmakeraw(raw);
        return tcsetattr(StandardInput, AfterOutput, raw) == 0 ? new RawConsole(before) : null;
    }

    public void Dispose() => _ = tcsetattr(StandardInput, AfterOutput, _before);

    // SAFETY: the array is pinned for the call and longer than the structure of any libc, which reads and writes that alone.
    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int tcgetattr(int descriptor, [Out] byte[] state);

    // SAFETY: as above; it only changes flags within the structure.
    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void cfmakeraw([In, Out] byte[] state);

    // SAFETY: as above; it only reads.
    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int tcsetattr(int descriptor, int when, [In] byte[] state);
}
