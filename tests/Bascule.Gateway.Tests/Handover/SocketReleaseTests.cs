using System.Globalization;
using System.Net.Sockets;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>What a connection notices when one of two owners lets it go: nothing.</summary>
public sealed class SocketReleaseTests
{
    [Fact]
    public async Task A_socket_that_was_let_go_is_in_no_epoll_set_although_another_has_it()
    {
        // Several, because .NET may have several sets.
        for (var i = 0; i < 8; i++)
        {
            using var connection = await WaitedForAsync();
            var number = connection.Other.Number();
            var inode = InodeOf(number);
            using var copy = Copy(connection.Other);
            Assert.Contains((number, inode), Watched());

            SocketRelease.LetGo(connection.Other);

            Assert.DoesNotContain((number, inode), Watched());
            Assert.Equal(inode, InodeOf(copy.Number()));
        }
    }

    [Fact]
    public async Task A_socket_that_is_only_disposed_stays_in_its_epoll_set()
    {
        // Why LetGo does more. When this fails, the kernel or .NET has changed, and LetGo may become simpler.
        using var connection = await WaitedForAsync();
        var number = connection.Other.Number();
        var inode = InodeOf(number);
        using var copy = Copy(connection.Other);

        connection.Other.Dispose();

        Assert.Contains((number, inode), Watched());
    }

    [Fact]
    public async Task The_other_owner_and_the_client_go_on_as_if_nothing_were()
    {
        using var connection = await WaitedForAsync();
        using var copy = Copy(connection.Other);

        SocketRelease.LetGo(connection.Other);

        Assert.Equal("early", await copy.HearAsync(5));
        await copy.SayAsync("answer");
        Assert.Equal("answer", await connection.One.HearAsync(6));
        await connection.One.SayAsync("more");
        Assert.Equal("more", await copy.HearAsync(4));
        copy.Shutdown(SocketShutdown.Both);
        await connection.One.EndsAsync();
    }

    [Fact]
    public async Task It_is_gone_for_whoever_still_has_it_here()
    {
        using var connection = await WaitedForAsync();
        using var copy = Copy(connection.Other);

        SocketRelease.LetGo(connection.Other);

        Assert.Throws<ObjectDisposedException>(() => connection.Other.Available);
        // Again, and after being disposed: nothing.
        connection.Other.Dispose();
        SocketRelease.LetGo(connection.Other);
    }

    [Fact]
    public async Task A_use_of_it_at_the_same_time_does_not_reset_the_connection()
    {
        using var connection = await WaitedForAsync();
        using var copy = Copy(connection.Other);
        var handle = connection.Other.SafeHandle;
        var (number, inode) = (connection.Other.Number(), InodeOf(connection.Other.Number()));
        var held = false;
        handle.DangerousAddRef(ref held);

        // .NET now shuts the socket down again and again until the handle is free.
        var letting = Task.Factory.StartNew(() => SocketRelease.LetGo(connection.Other), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Eventually.HoldsAsync(() => InodeOf(number) != inode && IsDisposed(connection.Other));
        Assert.False(letting.IsCompleted);
        handle.DangerousRelease();
        await letting.Soon();

        await copy.SayAsync("still");
        Assert.Equal("still", await connection.One.HearAsync(5));
    }

    [Fact]
    public async Task A_socket_that_is_only_disposed_while_it_is_used_resets_its_connection()
    {
        // Why LetGo puts another socket in its place first.
        using var connection = await WaitedForAsync();
        using var copy = Copy(connection.Other);
        var held = false;
        connection.Other.SafeHandle.DangerousAddRef(ref held);

        var disposing = Task.Factory.StartNew(connection.Other.Dispose, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        var reset = await Assert.ThrowsAsync<SocketException>(() => connection.One.ReceiveAsync(new byte[1]).Soon());
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
        connection.Other.SafeHandle.DangerousRelease();
        await disposing.Soon();
    }

    [Fact]
    public async Task A_read_that_was_pending_ends_and_takes_nothing()
    {
        using var connection = await SocketPair.TcpAsync();
        var pending = connection.Other.ReceiveAsync(new byte[10]);
        using var copy = Copy(connection.Other);

        SocketRelease.LetGo(connection.Other);

        await Assert.ThrowsAsync<SocketException>(() => pending.Soon());
        await connection.One.SayAsync("yours");
        Assert.Equal("yours", await copy.HearAsync(5));
    }

    [Fact]
    public void A_runtime_that_waits_in_another_way_is_told_with_the_way_out()
    {
        using var folder = new SocketFolder();

        var fault = Assert.Throws<PlatformNotSupportedException>(() => EpollSets.Find(folder.Folder));

        Assert.Contains("Set hub.mode to `single`.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_number_of_the_descriptor_is_free_again()
    {
        using var connection = await WaitedForAsync();
        var number = connection.Other.Number();
        var inode = InodeOf(number);
        using var copy = Copy(connection.Other);

        SocketRelease.LetGo(connection.Other);

        // Somebody else may have it by now.
        Assert.NotEqual(inode, File.Exists($"/proc/self/fd/{number}") ? InodeOf(number) : -1);
    }

    /// <summary>As the gateway's listener leaves it: waited for by .NET, bytes unread.</summary>
    private static async Task<SocketPair> WaitedForAsync()
    {
        var connection = await SocketPair.TcpAsync();
        var waiting = connection.Other.ReceiveAsync(Memory<byte>.Empty).AsTask();
        await connection.One.SayAsync("early");
        await waiting.Soon();
        return connection;
    }

    private static bool IsDisposed(Socket socket)
    {
        try
        {
            return socket.Available < 0;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }

    /// <summary>What a shard gets, over a Unix socket.</summary>
    private static Socket Copy(Socket socket)
    {
        using var link = SocketPair.Unix();
        new DescriptorPassing(link.One).Send([1], 0, 1, socket.Number());
        return new Socket(new SafeSocketHandle(Assert.Single(new DescriptorPassing(link.Other).Receive(new byte[1], 0, 1).Descriptors), ownsHandle: true));
    }

    private static long InodeOf(int descriptor)
    {
        var target = new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget ?? "";
        return target.StartsWith("socket:[", StringComparison.Ordinal) ? long.Parse(target["socket:[".Length..^1], CultureInfo.InvariantCulture) : -1;
    }

    /// <summary>Number and inode of all that is in the epoll sets of this process.</summary>
    private static HashSet<(int Number, long Inode)> Watched()
    {
        HashSet<(int, long)> watched = [];
        foreach (var entry in new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos().Where(e => e.LinkTarget == "anon_inode:[eventpoll]"))
        {
            foreach (var line in File.ReadAllLines($"/proc/self/fdinfo/{entry.Name}").Where(l => l.StartsWith("tfd:", StringComparison.Ordinal)))
            {
                var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                var inode = words.Single(w => w.StartsWith("ino:", StringComparison.Ordinal));
                watched.Add((int.Parse(words[1], CultureInfo.InvariantCulture), long.Parse(inode["ino:".Length..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
            }
        }

        return watched;
    }
}
