using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Bascule.Cli;

/// <summary>Standard input, output and error as bytes, for commands whose output is not ours to read.</summary>
public sealed record ByteStreams(Stream Input, Stream Output, Stream Errors)
{
    private const int StandardInput = 0;
    private const int StandardOutput = 1;
    private const int StandardError = 2;

    // Of fcntl(2), on all of Unix.
    private const int ReadFlags = 1;
    private const int CloseOnExec = 1;

    /// <summary>A person types at the input.</summary>
    public bool HasKeyboard { get; init; } = !Console.IsInputRedirected;

    public static ByteStreams OfProcess() => new(
        !HasInput ? Stream.Null : Console.IsInputRedirected || OperatingSystem.IsWindows() ? Console.OpenStandardInput() : Keys(),
        Console.IsOutputRedirected ? Pipe(StandardOutput) ?? Console.OpenStandardOutput() : Console.OpenStandardOutput(),
        Console.IsErrorRedirected ? Pipe(StandardError) ?? Console.OpenStandardError() : Console.OpenStandardError());

    /// <summary>False: whoever started us closed it. Its number may be that of a file of .NET by now; but those are closed for children, and what we were given cannot be.</summary>
    internal static bool HasInput { get; } = OperatingSystem.IsWindows() || (DescriptorFlags(StandardInput, ReadFlags) is >= 0 and var flags && (flags & CloseOnExec) == 0);

    [DllImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int DescriptorFlags(int descriptor, int command);

    /// <summary>A terminal, key by key: the console's own stream would wait for the end of the line.</summary>
    private static FileStream Keys() => new(new SafeFileHandle(StandardInput, ownsHandle: false), FileAccess.Read, bufferSize: 0);

    /// <summary>One that throws when its reader has gone; the console's would write on in silence. Null for files, where a position of our own would overwrite what others append.</summary>
    private static FileStream? Pipe(int descriptor)
    {
        if (OperatingSystem.IsWindows())
            return null;
        try
        {
            var stream = new FileStream(new SafeFileHandle(descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            return stream.CanSeek ? null : stream;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Closed, or a folder: the first write says so.
            return null;
        }
    }
}
