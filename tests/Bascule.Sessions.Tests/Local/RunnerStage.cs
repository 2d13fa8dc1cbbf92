using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bascule.Sessions.Tests;

/// <summary>A folder for a host, the hosts that were started for it, and gateways' runners.</summary>
internal sealed class RunnerStage : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bascule-host-");
    private readonly ConcurrentStack<FakeHost> _hosts = new();
    private readonly ConcurrentStack<ProcessRunner> _runners = new();

    internal string Folder => _folder.FullName;

    internal FakeHost Host => _hosts.TryPeek(out var host) ? host : throw new InvalidOperationException("No host was started.");

    internal int Started => _hosts.Count;

    /// <summary>How often somebody wanted a host to be started.</summary>
    internal int Tries { get; private set; }

    /// <summary>Throws, or does nothing, in place of a host that starts.</summary>
    internal Func<Task>? OnStart { get; set; }

    /// <summary>What the hosts say when they end, which is at once when it is set.</summary>
    internal TaskCompletionSource<string> LastWords { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal ConcurrentQueue<string> Killed { get; } = new();

    internal ConcurrentQueue<RunnerNews> News { get; } = new();

    internal async Task<FakeHost> StartHostAsync()
    {
        var host = await FakeHost.StartAsync(Folder, $"h-{_hosts.Count + 1}");
        _hosts.Push(host);
        return host;
    }

    internal async Task<ProcessRunner> StartAsync(TimeProvider? time = null, Func<Uri, Uri>? advertise = null)
    {
        var runner = Create(time, advertise);
        await runner.StartAsync(News.Enqueue, CancellationToken.None);
        return runner;
    }

    internal ProcessRunner Create(TimeProvider? time = null, Func<Uri, Uri>? advertise = null)
    {
        var setup = new HostSetup
        {
            Folder = Folder,
            Start = StartAsync,
            KillLeftovers = Killed.Enqueue,
            Note = (id, path) => $"note for {id} at {path}",
            Advertise = advertise ?? (url => url),
        };
        var runner = new ProcessRunner(setup, time ?? TimeProvider.System, NullLogger<ProcessRunner>.Instance);
        _runners.Push(runner);
        return runner;
    }

    internal static SessionOrder Order() => new() { Id = SessionId.New(), Command = ["bash", "-l"], Key = "a key of sixteen or more" };

    internal static SessionRecord Record(SessionId id, SessionPlace? place) => new()
    {
        Id = id, Profile = "shell", Command = ["bash"], Tty = false, Place = place, State = SessionState.Running, CreatedAt = DateTimeOffset.UnixEpoch, ExpiresAt = DateTimeOffset.UnixEpoch,
    };

    /// <summary>Waits for the end of a session to be told.</summary>
    internal async Task<SessionEnd> EndOfAsync(SessionId id)
    {
        await Waiting.UntilAsync(() => News.Any(news => news.Id == id && news.End is not null));
        return News.First(news => news.Id == id && news.End is not null).End!;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var runner in _runners)
            await runner.DisposeAsync();
        foreach (var host in _hosts)
            await host.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private async Task<string> StartAsync(CancellationToken cancellation)
    {
        Tries++;
        await (OnStart is { } start ? start() : StartHostAsync());
        return await LastWords.Task;
    }
}
