using Microsoft.Win32.SafeHandles;

namespace Bascule.Cli;

/// <summary>The standard output as a pipe. <see cref="Console"/> writes on in silence when the reader of a pipe has gone; this one throws.</summary>
internal static class OutputPipe
{
    private const int StandardOutput = 1;

    /// <summary>Null where it is no pipe. In a file, a position of our own would overwrite what others append.</summary>
    internal static TextWriter? Find()
    {
        if (!Console.IsOutputRedirected || OperatingSystem.IsWindows())
            return null;
        try
        {
            var stream = new FileStream(new SafeFileHandle(StandardOutput, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            return stream.CanSeek ? null : new StreamWriter(stream) { AutoFlush = true };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Closed, or a folder: the first line that is written says so.
            return null;
        }
    }
}
