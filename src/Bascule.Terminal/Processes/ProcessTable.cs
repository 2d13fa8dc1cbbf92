using System.Globalization;
using System.Text;

namespace Bascule.Terminal;

/// <summary>Processes of this machine, as /proc shows them.</summary>
internal static class ProcessTable
{
    // Twice MAX_ARG_STRLEN, the longest variable of Linux. One who pads his environment to hide could as well clear it.
    private const int MostEnvironment = 256 << 10;

    internal static byte[] MakeBuffer() => GC.AllocateUninitializedArray<byte>(MostEnvironment);

    /// <summary>All but this one.</summary>
    internal static IEnumerable<int> Others() =>
        from folder in Directory.EnumerateDirectories("/proc")
        let process = int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0
        where process > 0 && process != Environment.ProcessId
        select process;

    /// <summary>The value of a variable with which the process, or its program, was started. Null: it has none, is gone, or is not ours to look at.</summary>
    /// <exception cref="IOException">No descriptor is left to look with: whatever it is, it must not be taken for another's.</exception>
    internal static string? VariableOf(int process, string name, byte[] buffer)
    {
        var rest = ReadEnvironment(process, buffer);
        var start = Encoding.UTF8.GetBytes(name + "=");
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf((byte)0);
            var variable = end < 0 ? rest : rest[..end];
            if (variable.StartsWith(start))
                return Encoding.UTF8.GetString(variable[start.Length..]);
            rest = end < 0 ? [] : rest[(end + 1)..];
        }

        return null;
    }

    /// <summary>Signals a process that is still the one which <paramref name="isMeant"/> says. With a process descriptor nobody else can be hit, even if it ends at that moment.</summary>
    internal static bool Signal(int process, int signal, Func<int, bool> isMeant)
    {
        var descriptor = ProcessCalls.OpenDescriptor(process);
        if (descriptor < 0)
            return descriptor != -Libc.NoSuchProcess && isMeant(process) && ProcessCalls.Signal(process, signal);
        try
        {
            return isMeant(process) && ProcessCalls.SignalByDescriptor(descriptor, signal);
        }
        finally
        {
            Libc.Close(descriptor);
        }
    }

    private static ReadOnlySpan<byte> ReadEnvironment(int process, byte[] buffer)
    {
        var descriptor = Libc.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/environ"), Libc.CloseOnExec);
        if (descriptor is -Libc.TooManyOpen or -Libc.TableFull)
            throw new IOException($"No descriptor is left to look at process {process} (error {-descriptor}).");
        if (descriptor < 0)
            return [];
        var length = 0;
        while (length < buffer.Length)
        {
            var count = Libc.Read(descriptor, buffer.AsSpan(length));
            if (count <= 0)
                break;
            length += count;
        }

        Libc.Close(descriptor);
        return buffer.AsSpan(0, length);
    }
}
