using System.Security.Cryptography;

namespace Bascule.Cli;

/// <summary>The file that a recording is saved in. A link is followed, a device or pipe is written to as it is, and a plain file is replaced once all of the recording is there.</summary>
internal static class RecordingFile
{
    /// <summary>Enough that no file of somebody else has the name of a draft; and if one has, it is told.</summary>
    private const int DraftNameBytes = 4;

    /// <summary>Under any of its names: opened anew, it would be written from its beginning.</summary>
    internal static bool IsStandardOutput(string file) => file is "-" or "/dev/stdout" or "/dev/fd/1" or "/proc/self/fd/1";

    /// <param name="path">Of the recording, at the gateway.</param>
    internal static async Task<int> SaveAsync(AdminClient client, string path, string file, Output output, CancellationToken interruption)
    {
        try
        {
            if (await OpenSpecialAsync(file, interruption) is { } special)
            {
                await using (special)
                    await client.CopyAsync(path, special, interruption);
            }
            else
                await ReplaceAsync(client, path, EndOfLinks(file), interruption);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            output.ErrorLine($"{file} cannot be written: {e.Message}");
            return ExitCodes.FoundFault;
        }

        output.Line(file);
        return ExitCodes.Good;
    }

    /// <summary>Opens a device or a pipe.</summary>
    /// <returns>Null: there is nothing of that name, or a plain file.</returns>
    private static async Task<FileStream?> OpenSpecialAsync(string file, CancellationToken interruption)
    {
        FileStream stream;
        try
        {
            // A FIFO waits for its reader, whatever it is asked: so the wait is left behind, and ends with the process.
            stream = await Task.Run(() => new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0), interruption).WaitAsync(interruption);
        }
        catch (FileNotFoundException)
        {
            return null;
        }

        if (!IsPlain(stream))
            return stream;
        await stream.DisposeAsync();
        return null;
    }

    /// <summary>Only plain files have a length that can be set (ftruncate(2)); to what it is, which changes nothing.</summary>
    private static bool IsPlain(FileStream stream)
    {
        if (!stream.CanSeek)
            return false;
        try
        {
            stream.SetLength(stream.Length);
            return true;
        }
        catch (Exception e) when (e is IOException or ArgumentException or NotSupportedException)
        {
            // That is the answer.
            return false;
        }
    }

    private static string EndOfLinks(string file) => new FileInfo(file).LinkTarget is null ? file : File.ResolveLinkTarget(file, returnFinalTarget: true)!.FullName;

    /// <summary>Under a name that nobody else has until it is whole; and a refusal leaves no file.</summary>
    private static async Task ReplaceAsync(AdminClient client, string path, string file, CancellationToken interruption)
    {
        var draft = $"{file}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(DraftNameBytes))}.part";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        // It may hold what somebody typed. What its owner has let others read stays so.
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = File.Exists(file) ? File.GetUnixFileMode(file) : UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var isOurs = false;
        try
        {
            await using (var stream = new FileStream(draft, options))
            {
                isOurs = true;
                await client.CopyAsync(path, stream, interruption);
            }

            File.Move(draft, file, overwrite: true);
            isOurs = false;
        }
        finally
        {
            if (isOurs)
                File.Delete(draft);
        }
    }
}
