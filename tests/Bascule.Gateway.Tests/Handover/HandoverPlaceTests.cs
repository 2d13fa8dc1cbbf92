using System.Net.Sockets;
using System.Runtime.Versioning;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>Where a shard listens, and how a gateway finds it again.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class HandoverPlaceTests
{
    [Fact]
    public async Task The_folder_is_made_for_its_user_alone_and_the_file_goes_with_the_listener()
    {
        using var above = new SocketFolder();
        var path = Path.Combine(above.Folder, "new", "deeper", "shard.sock");

        await using (HandoverListener.Open(path, new HandoverTerms(LinkBench.Token), new KeepingReceiver(), Quiet, TimeProvider.System))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(path)!));

        Assert.False(File.Exists(path));
    }

    [Fact]
    public void A_folder_that_others_can_enter_is_refused()
    {
        using var folder = new SocketFolder();
        File.SetUnixFileMode(folder.Folder, File.GetUnixFileMode(folder.Folder) | UnixFileMode.GroupExecute);

        var refused = Assert.Throws<IOException>(() => Open(folder.Path));

        Assert.Contains("can be entered by others (mode 710)", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_a_dead_shard_left_is_replaced_and_a_living_one_is_not()
    {
        using var folder = new SocketFolder();
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(folder.Path));
            // .NET removes the file of a socket that it closes itself; a killed process does not.
            File.Move(folder.Path, folder.Path + "2");
        }

        File.Move(folder.Path + "2", folder.Path);

        await using var listener = Open(folder.Path);

        Assert.Contains("Somebody listens", Assert.Throws<IOException>(() => Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_or_a_token_of_the_wrong_length_is_the_callers_fault()
    {
        using var folder = new SocketFolder();

        Assert.Contains("1 to 107 bytes", Assert.Throws<ArgumentException>(() => Open(folder.Path + new string('x', 100))).Message, StringComparison.Ordinal);
        Assert.Contains("16 to 512", Assert.Throws<ArgumentException>(() => HandoverListener.Open(folder.Path, new HandoverTerms("short"), new KeepingReceiver(), Quiet, TimeProvider.System)).Message, StringComparison.Ordinal);
        Assert.Contains("16 to 512", Assert.Throws<ArgumentException>(() => new HandoverDialer(folder.Path, new HandoverTerms("short"), new KeepingReceiver(), Quiet, TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_told()
    {
        using var folder = new SocketFolder();
        File.WriteAllText(Path.Combine(folder.Folder, "file"), "");

        Assert.ThrowsAny<IOException>(() => Open(Path.Combine(folder.Folder, "file", "shard.sock")));
    }

    [Fact]
    public async Task A_gateway_waits_longer_and_longer_for_a_shard_that_is_not_there_and_then_finds_it()
    {
        var time = new ManualTime();
        await using var bench = new LinkBench { Time = time };

        var dialer = bench.Dial();
        foreach (var milliseconds in (int[])[100, 200, 400, 800, 1600, 3200, 5000, 5000])
        {
            await Eventually.HoldsAsync(() => time.ArmedTimers == 1);
            Assert.Equal("nobody takes a link: AddressNotAvailable", dialer.Fault);
            time.Advance(TimeSpan.FromMilliseconds(milliseconds - 1));
            Assert.Equal(1, time.ArmedTimers);
            time.Advance(TimeSpan.FromMilliseconds(1));
        }

        await Eventually.HoldsAsync(() => time.ArmedTimers == 1);
        Assert.Single(bench.Log.All, e => e.Event == "LinkDown");
        bench.Listen();
        time.Advance(TimeSpan.FromSeconds(5));
        await bench.Gateway.OpenedAsync();
        await Eventually.HoldsAsync(() => dialer.Link is not null && dialer.Fault is null);
    }

    [Fact]
    public async Task A_link_that_was_lost_is_made_again_and_both_are_told()
    {
        var time = new ManualTime();
        await using var bench = new LinkBench { Time = time };
        bench.Listen();
        var dialer = bench.Dial();
        await bench.Gateway.OpenedAsync();

        await bench.StopListeningAsync();
        Assert.Equal("the other side closed it", await bench.Gateway.ClosedAsync());
        await Eventually.HoldsAsync(() => dialer.Fault is not null && time.ArmedTimers == 1);
        Assert.Null(dialer.Link);
        bench.Listen();
        time.Advance(TimeSpan.FromMilliseconds(100));

        var again = await bench.Gateway.OpenedAsync();
        Assert.Equal(HandoverSend.Queued, again.Send(1, []));
        Assert.Equal(1, (await bench.Shard.FrameAsync()).Kind);
        // Twice on each side.
        await Eventually.HoldsAsync(() => bench.Log.All.Count(e => e.Event == "LinkUp" && e.Field("Process") == Environment.ProcessId.ToString()) == 4);
    }

    [Fact]
    public async Task A_gateway_that_stops_ends_its_link()
    {
        await using var bench = new LinkBench().Listen();
        await using (bench.Dial())
            await bench.Gateway.OpenedAsync();

        Assert.Equal("the gateway stops", await bench.Gateway.ClosedAsync());
        Assert.Equal("the other side closed it", await bench.Shard.ClosedAsync());
    }

    private static Microsoft.Extensions.Logging.Abstractions.NullLogger Quiet => Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

    private static HandoverListener Open(string path) => HandoverListener.Open(path, new HandoverTerms(LinkBench.Token), new KeepingReceiver(), Quiet, TimeProvider.System);
}
