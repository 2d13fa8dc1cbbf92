using System.Globalization;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway.Tests;

/// <summary>Folders with secrets of gateways that were killed are cleared away, and nothing else is.</summary>
[SupportedOSPlatform("linux")]
public sealed class LeftFoldersTests : IDisposable
{
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // No process has it: above the largest id of Linux.
    private const int NoProcess = 5_000_000;

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("bascule-sweep-");
    private readonly CapturedLog _log = new();

    public void Dispose()
    {
        _root.Delete(recursive: true);
        _log.Dispose();
    }

    [Fact]
    public void What_a_dead_gateway_left_is_deleted_and_nothing_that_a_link_in_it_leads_to()
    {
        var kept = Path.Combine(_root.FullName, "kept");
        File.WriteAllText(kept, "by somebody");
        var folder = Folder("bascule-dead", NoProcess);
        File.WriteAllText(Path.Combine(folder, "1.json"), "secrets");
        File.CreateSymbolicLink(Path.Combine(folder, "link"), kept);

        Sweep();

        Assert.False(Directory.Exists(folder));
        Assert.True(File.Exists(kept));
        Assert.Contains(_log.All, e => e.Event == "LeftFolderDeleted" && e.Field("Folder") == folder);
    }

    [Fact]
    public void A_gateway_whose_id_another_process_has_now_is_dead()
    {
        var folder = Folder("bascule-reused", Environment.ProcessId, start: "1");

        Sweep();

        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public void What_a_living_gateway_holds_is_left_alone_even_where_its_process_cannot_be_seen()
    {
        var own = Folder("bascule-own");
        using var claim = LeftFolders.Claim(own);
        var elsewhere = Folder("bascule-elsewhere", NoProcess);
        using var locked = new FileStream(Path.Combine(elsewhere, LeftFolders.OwnerName), FileMode.Open, FileAccess.Write, FileShare.None);

        Sweep();

        Assert.True(Directory.Exists(own));
        Assert.True(Directory.Exists(elsewhere));
    }

    [Fact]
    public void A_living_process_is_enough_where_there_are_no_locks()
    {
        var folder = Folder("bascule-unlocked");
        LeftFolders.Claim(folder).Dispose();

        Sweep();

        Assert.True(Directory.Exists(folder));
    }

    [Fact]
    public void What_is_not_a_folder_of_a_gateway_of_this_user_is_left_alone()
    {
        var open = Folder("bascule-open", NoProcess);
        File.SetUnixFileMode(open, Own | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);
        var unowned = Folder("bascule-unowned");
        var odd = Folder("bascule-odd");
        File.WriteAllText(Path.Combine(odd, LeftFolders.OwnerName), "");
        var target = Folder("target", NoProcess);
        Directory.CreateSymbolicLink(Path.Combine(_root.FullName, "bascule-link"), target);

        Sweep();

        Assert.All([open, unowned, odd, target, Path.Combine(target, LeftFolders.OwnerName)], path => Assert.True(Path.Exists(path), path));
    }

    private string Folder(string name, int? process = null, string start = "1")
    {
        var path = Path.Combine(_root.FullName, name);
        Directory.CreateDirectory(path, Own);
        if (process is { } id)
            File.WriteAllText(Path.Combine(path, LeftFolders.OwnerName), string.Create(CultureInfo.InvariantCulture, $"{id} {start}\n"));
        return path;
    }

    private void Sweep() => LeftFolders.Sweep(_root.FullName, ((ILoggerProvider)_log).CreateLogger("shards"));
}
