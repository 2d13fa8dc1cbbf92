using System.Globalization;
using System.Text;

namespace Bascule.System.Tests;

/// <summary>A process of a session, as its environment says.</summary>
/// <param name="Folder">Where it runs.</param>
internal readonly record struct SessionProcess(int Id, string Session, string? Folder);

/// <summary>What the kernel knows of the processes of sessions: nothing of ours is asked.</summary>
internal static class SessionProcesses
{
    private const string Mark = "BASCULE_SESSION_ID=";

    internal static IEnumerable<SessionProcess> All()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Read(folder, id) is { } found)
                yield return found;
        }
    }

    internal static int Of(string session) => All().Count(process => process.Session == session);

    private static SessionProcess? Read(string folder, int id)
    {
        try
        {
            var mark = Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(folder, "environ"))).Split('\0').FirstOrDefault(entry => entry.StartsWith(Mark, StringComparison.Ordinal));
            return mark is null ? null : new SessionProcess(id, mark[Mark.Length..], Directory.ResolveLinkTarget(Path.Combine(folder, "cwd"), returnFinalTarget: false)?.FullName);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended while it was looked at.
            return null;
        }
    }
}
