namespace Bascule.Testing;

/// <summary>What a process has open, but for assemblies: the runtime opens one when it first needs it, and keeps it.</summary>
public static class OpenDescriptors
{
    public static int Of(int process) =>
        new DirectoryInfo($"/proc/{process}/fd").EnumerateFileSystemInfos().Count(e => e.LinkTarget?.EndsWith(".dll", StringComparison.Ordinal) != true);
}
