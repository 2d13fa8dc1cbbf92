using System.Security.Cryptography;
using Bascule.Gateway;
using Bascule.Terminal;
using Microsoft.Extensions.Logging;

namespace Bascule.Cli;

/// <summary>One session host, until it is asked to end or nobody asks it for anything any more.</summary>
internal sealed class SessionHostRun(TimeProvider time)
{
    // No gateway of this machine lives: they ask every half minute. contract/terminal.md
    private static readonly TimeSpan Forsaken = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(10);

    private const int IdBytes = 8;
    private const int KeyBytes = 32;

    /// <exception cref="IOException">It cannot listen.</exception>
    internal async Task RunAsync(HostFolder folder, string listen, string recordings, CancellationToken interruption)
    {
        using var logs = ServingLog.Make(json: false, LogLevel.Information);
        var log = logs.CreateLogger<SessionHostRun>();
        var id = "h-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));
        var key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyBytes));
        using var reactor = new PtyReactor(id, logs.CreateLogger<PtyReactor>());
        await using var table = new TerminalTable(new TableRules { Host = id, Recordings = recordings }, reactor, logs, time);
        using var door = new SealedDoor(key, table.KeyOf, time);
        await using var server = await TerminalServer.StartAsync(listen, table, door, logs, time, interruption);
        folder.Tell(server.Url, id, key);
        try
        {
            while (server.SinceAsked < Forsaken && !interruption.IsCancellationRequested)
                await Task.Delay(LookPeriod, time, interruption).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            log.HostEnds(interruption.IsCancellationRequested ? "it was asked to" : $"no gateway asked for anything for {Forsaken.TotalMinutes:0} minutes", table.Count);
            await server.StopAsync();
        }
        finally
        {
            folder.Withdraw();
        }
    }
}
