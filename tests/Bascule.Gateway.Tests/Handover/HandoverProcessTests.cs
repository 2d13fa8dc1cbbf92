using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Bascule.Handover.Child;
using Bascule.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bascule.Gateway.Tests;

/// <summary>Sockets that go to another process.</summary>
public sealed partial class HandoverProcessTests
{
    [Fact]
    public async Task A_client_goes_on_with_a_shard_in_another_process()
    {
        await using var shard = await ShardChild.StartAsync();
        var gateway = new KeepingReceiver();
        await using var dialer = shard.Dial(gateway);
        var link = await gateway.OpenedAsync();
        using var connection = await SocketPair.TcpAsync();
        var waiting = connection.Other.ReceiveAsync(Memory<byte>.Empty).AsTask();
        await connection.One.SayAsync("early;");
        await waiting.Soon();

        link.Send(Kinds.Take, [.. Number(1), .. "first;"u8], connection.Other.SafeHandle);
        Assert.Equal(Kinds.Taken, (await gateway.FrameAsync()).Kind);
        SocketRelease.LetGo(connection.Other);

        Assert.Equal("first;early;", await connection.One.HearAsync(12));
        await connection.One.SayAsync("more");
        Assert.Equal("more", await connection.One.HearAsync(4));
        Assert.Equal(shard.Id, link.PeerProcess);
    }

    [Fact]
    public async Task Of_2000_hand_overs_at_once_none_is_lost_and_no_descriptor_is_left_behind()
    {
        await using var shard = await ShardChild.StartAsync();

        var said = await ShardChild.RunAsync("measure", shard.Path, ShardChild.Token, "2000");

        var told = Told().Match(said);
        Assert.True(told.Success, said);
        Assert.Equal("taken 2000 refused 0 echoed 2000", told.Groups["result"].Value);
        Assert.Equal(told.Groups["ownBefore"].Value, told.Groups["ownAfter"].Value);
        Assert.True(int.Parse(told.Groups["shardAfter"].Value, CultureInfo.InvariantCulture) <= int.Parse(told.Groups["shardBefore"].Value, CultureInfo.InvariantCulture), said);
    }

    [Fact]
    public async Task A_shard_without_free_descriptors_refuses_and_the_client_is_still_the_gateways()
    {
        const int Free = 10;
        const int Tries = 60;
        await using var shard = await ShardChild.StartAsync(Free);
        var gateway = new KeepingReceiver();
        await using var dialer = shard.Dial(gateway);
        var link = await gateway.OpenedAsync();
        await shard.SaysAsync("limited");
        var connections = new List<SocketPair>();
        for (var i = 0; i < Tries; i++)
        {
            connections.Add(await SocketPair.TcpAsync());
            link.Send(Kinds.Take, Number(i), connections[i].Other.SafeHandle);
        }

        var taken = new List<int>();
        var refused = new List<int>();
        for (var i = 0; i < Tries; i++)
        {
            var answer = await gateway.FrameAsync();
            (answer.Kind == Kinds.Taken ? taken : refused).Add(BitConverter.ToInt32(answer.Payload));
        }

        // The shard may need some for itself, or give some back meanwhile.
        Assert.NotEmpty(taken);
        Assert.NotEmpty(refused);
        Assert.Equal(Tries, taken.Count + refused.Count);
        foreach (var i in taken)
            SocketRelease.LetGo(connections[i].Other);
        foreach (var i in refused)
        {
            await connections[i].Other.SayAsync("still here");
            Assert.Equal("still here", await connections[i].One.HearAsync(10));
        }

        // Each answer belongs to its own socket: those taken are served.
        foreach (var i in taken)
        {
            await connections[i].One.SayAsync("echo");
            Assert.Equal("echo", await connections[i].One.HearAsync(4));
        }

        Assert.True(link.IsOpen);
        connections.ForEach(c => c.Dispose());
    }

    [Fact]
    public async Task A_shard_that_is_killed_is_told_and_its_clients_see_the_end()
    {
        await using var shard = await ShardChild.StartAsync();
        var gateway = new KeepingReceiver();
        await using var dialer = shard.Dial(gateway);
        var link = await gateway.OpenedAsync();
        using var connection = await SocketPair.TcpAsync();
        link.Send(Kinds.Take, Number(1), connection.Other.SafeHandle);
        await gateway.FrameAsync();
        SocketRelease.LetGo(connection.Other);

        shard.Kill();

        await gateway.ClosedAsync();
        Assert.Equal(HandoverSend.Closed, link.Send(Kinds.Take, Number(2)));
        await connection.One.EndsAsync();
    }

    [Fact]
    public async Task More_descriptors_than_may_be_on_their_way_arrive_all_the_same()
    {
        var said = await ShardChild.RunAsync("flood", "500");

        Assert.Equal("arrived 500\n", said);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Another_user_is_refused_and_refuses()
    {
        Assert.True(Environment.IsPrivilegedProcess, "Only root can become another user: run this test as root.");
        await using var bench = new LinkBench().Listen();
        // As if somebody had opened the folder later.
        File.SetUnixFileMode(System.IO.Path.GetDirectoryName(bench.Path)!, (UnixFileMode)Convert.ToInt32("755", 8));
        File.SetUnixFileMode(bench.Path, (UnixFileMode)Convert.ToInt32("666", 8));

        var said = await ShardChild.RunAsync("stranger", bench.Path, LinkBench.Token);

        Assert.Matches("^process [0-9]+ on the other side belongs to user 0, not to 65534\n$", said);
        var refused = await bench.Log.SeenAsync(e => e.Event == "LinkRefused");
        Assert.Matches("^process [0-9]+ on the other side belongs to user 65534, not to 0$", refused.Field("Reason")!);
    }

    [Fact]
    public async Task A_child_ends_when_its_parent_is_killed()
    {
        // The child's child holds a socket of this test, whose end is seen.
        using var folder = new SocketFolder();
        await using var parent = ShardChild.Launch("parent", Environment.ProcessPath!, [.. ShardChild.Arguments("shard", folder.Path, ShardChild.Token)]);
        var gateway = new KeepingReceiver();
        await using var dialer = new HandoverDialer(folder.Path, new HandoverTerms(ShardChild.Token), gateway, NullLogger.Instance, TimeProvider.System);
        var link = await gateway.OpenedAsync();
        Assert.NotEqual(parent.Id, link.PeerProcess);

        parent.Kill();

        Assert.Equal("the other side closed it", await gateway.ClosedAsync());
    }

    private static byte[] Number(long number) => BitConverter.GetBytes(number);

    [GeneratedRegex(@"^(?<result>taken \d+ refused \d+ echoed \d+) own (?<ownBefore>\d+) (?<ownAfter>\d+) shard (?<shardBefore>\d+) (?<shardAfter>\d+) ", RegexOptions.Multiline)]
    private static partial Regex Told();
}

/// <summary>The program of Bascule.Handover.Child, running.</summary>
internal sealed class ShardChild : IAsyncDisposable
{
    internal const string Token = "a token between processes";

    private readonly SocketFolder _folder = new();
    private readonly Process _process;

    private ShardChild(Process process, SocketFolder? folder = null)
    {
        _process = process;
        _folder = folder ?? _folder;
    }

    internal int Id => _process.Id;

    internal string Path => _folder.Path;

    /// <summary>The same runtime runs it, whether that runs this test by name or was asked to.</summary>
    internal static IEnumerable<string> Arguments(params IEnumerable<string> arguments)
    {
        Assert.Equal("dotnet", System.IO.Path.GetFileName(Environment.ProcessPath));
        return arguments.Prepend(System.IO.Path.Combine(AppContext.BaseDirectory, "Bascule.Handover.Child.dll"));
    }

    internal static async Task<ShardChild> StartAsync(int? freeDescriptors = null)
    {
        var folder = new SocketFolder();
        var child = new ShardChild(Run(["shard", folder.Path, Token, .. freeDescriptors is { } free ? [free.ToString(CultureInfo.InvariantCulture)] : Array.Empty<string>()]), folder);
        await child.SaysAsync("listening");
        return child;
    }

    internal static ShardChild Launch(params string[] arguments) => new(Run(arguments));

    internal static ShardChild Launch(string mode, string program, params string[] arguments) => new(Run([mode, program, .. arguments]));

    /// <returns>What it printed.</returns>
    internal static async Task<string> RunAsync(params string[] arguments)
    {
        using var process = Run(arguments);
        return await process.StandardOutput.ReadToEndAsync().Soon();
    }

    internal async Task SaysAsync(string line) => Assert.Equal(line, await _process.StandardOutput.ReadLineAsync().Soon());

    internal HandoverDialer Dial(IHandoverReceiver receiver) => new(Path, new HandoverTerms(Token), receiver, NullLogger.Instance, TimeProvider.System);

    internal void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        // Its life line.
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().Soon();
        _process.Dispose();
        _folder.Dispose();
    }

    private static Process Run(string[] arguments) => Process.Start(new ProcessStartInfo(Environment.ProcessPath!, Arguments(arguments))
    {
        UseShellExecute = false,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!;
}
