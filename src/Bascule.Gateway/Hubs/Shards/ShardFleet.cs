using System.Globalization;
using System.Security.Cryptography;
using Bascule.Backends;
using Bascule.Settings;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>The shards that this gateway started on its own machine: their processes, their lines, and what they say of themselves.</summary>
internal sealed class ShardFleet : IAsyncDisposable
{
    /// <summary>Their clients have been told before; a shard that still does not end is killed.</summary>
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(3);

    private readonly ShardFolder _folder;
    private readonly List<(ShardProcess Process, HandoverDialer Dialer, ShardClient Client)> _shards = [];
    private readonly List<ShardWatch> _watches = [];
    private readonly TimeProvider _time;
    private ITimer? _looking;

    internal ShardFleet(HubSettings settings, byte[] resumeKey, Pool pool, ShardDesk desk, ILoggerFactory logs, TimeProvider time)
    {
        _time = time;
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var terms = new HandoverTerms(token);
        var log = logs.CreateLogger<ShardFleet>();
        _folder = new ShardFolder(log);
        for (var number = 1; number <= settings.Shards; number++)
        {
            var node = pool.Nodes.First(n => n.Url == new Uri(HubPool.UrlOf(number)));
            pool.SetAway(node, "it starts");
            var file = _folder.Write(new ShardStart(number, settings.ShardPort == 0 ? 0 : settings.ShardPort + number - 1, settings, resumeKey));
            var client = new ShardClient(pool, node, desk, log);
            var command = Own(["shard", "--start", file], token);
            var process = new ShardProcess(string.Create(CultureInfo.InvariantCulture, $"shard {number}"), command, log, time);
            _shards.Add((process, new HandoverDialer(_folder.SocketOf(number), terms, client, log, time), client));
            _watches.Add(new ShardWatch(process, client));
        }
    }

    internal IReadOnlyList<(ShardState Process, ShardClient Client)> All => [.. _shards.Select(shard => (shard.Process.State, shard.Client))];

    public async ValueTask DisposeAsync()
    {
        if (_looking is not null)
            await _looking.DisposeAsync();
        foreach (var (_, dialer, client) in _shards)
        {
            client.Leave();
            dialer.Leave();
        }

        await Task.WhenAll(_shards.Select(shard => shard.Process.StopAsync(StopDeadline)));
        foreach (var (process, dialer, _) in _shards)
        {
            await dialer.DisposeAsync();
            await process.DisposeAsync();
        }

        _folder.Dispose();
    }

    internal void Start()
    {
        _shards.ForEach(shard => shard.Process.Start());
        _looking = _time.CreateTimer(static fleet => ((ShardFleet)fleet!)._watches.ForEach(watch => watch.Look()), this, ShardWatch.Period, ShardWatch.Period);
    }

    /// <summary>Null for a node that is not one of ours.</summary>
    internal ShardClient? Find(Node node)
    {
        foreach (var (_, _, client) in _shards)
        {
            if (client.Node == node)
                return client;
        }

        return null;
    }

    /// <summary>This very program again: gateway and shards are always of one version.</summary>
    private static ShardCommand Own(IReadOnlyList<string> arguments, string token)
    {
        var program = Environment.ProcessPath!;
        var isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        return new ShardCommand(program, isHost ? [ProgramFile, .. arguments] : arguments)
        {
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { [ShardFolder.TokenName] = token },
        };
    }

    private static string ProgramFile => Path.Combine(AppContext.BaseDirectory, "bascule.dll");
}
