using System.Text;

namespace Bascule.Settings;

/// <summary>The secret of a setting that may name a file: the text itself, or the content of <c>file:PATH</c>.</summary>
public static class SecretText
{
    internal const string FilePrefix = "file:";

    internal const string FileRemedy = "Give the path of a file that the user who runs Bascule may read; a relative one starts at the working directory.";

    // Addresses and tokens are far shorter; a log or a disk image given by mistake is not.
    private const int MaxFileBytes = 64 * 1024;

    /// <summary>The path as it is written; null when the value is the secret itself.</summary>
    public static string? FileOf(string value) => value.StartsWith(FilePrefix, StringComparison.Ordinal) ? value[FilePrefix.Length..] : null;

    /// <summary>Reads the file when there is one; line ends after the secret do not count.</summary>
    /// <param name="problem">Why there is no secret, as the rest of a sentence that starts with the setting; empty when there is one.</param>
    public static bool TryRead(string value, string baseDirectory, out string secret, out string problem)
    {
        (secret, problem) = (value, "");
        return FileOf(value) is not { } path || TryReadFile(path, baseDirectory, out secret, out problem);
    }

    /// <summary>The same for a setting that is a path.</summary>
    public static bool TryReadFile(string path, string baseDirectory, out string secret, out string problem)
    {
        (secret, problem) = ("", "names a file that cannot be read");
        try
        {
            var file = new FileInfo(Path.GetFullPath(path, baseDirectory));
            if (!file.Exists || file.Length > MaxFileBytes)
            {
                problem = file.Exists ? $"names a file of more than {MaxFileBytes} bytes" : "names a file that does not exist";
                return false;
            }

            (secret, problem) = (Encoding.UTF8.GetString(File.ReadAllBytes(file.FullName)).TrimEnd('\r', '\n'), "");
            return true;
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }
}
