using Microsoft.Win32.SafeHandles;

namespace Bascule.Cli;

/// <summary>Standard input, output and error as bytes, for commands whose output is not ours to read.</summary>
public sealed record ByteStreams(Stream Input, Stream Output, Stream Errors)
{
    private const int StandardInput = 0;
    private const int StandardOutput = 1;
    private const int StandardError = 2;

    public static ByteStreams OfProcess() => new(
        Console.IsInputRedirected || OperatingSystem.IsWindows() ? Console.OpenStandardInput() : Keys(),
        Console.IsOutputRedirected ? Pipe(StandardOutput) ?? Console.OpenStandardOutput() : Console.OpenStandardOutput(),
        Console.IsErrorRedirected ? Pipe(StandardError) ?? Console.OpenStandardError() : Console.OpenStandardError());

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
