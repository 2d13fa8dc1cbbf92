namespace Bascule.Cli;

/// <summary>Files with secrets in them: readable and writable by their owner alone, from the first byte on.</summary>
internal static class OwnerFile
{
    internal static void Write(string path, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(path, options);
        writer.Write(text);
    }
}
