using System.Collections.Concurrent;

namespace Bascule.Sessions.Tests;

/// <summary>A runner whose processes are entries of a table. Tests say how starts go, and what is seen.</summary>
internal sealed class TestRunner : ISessionRunner
{
    private Action<RunnerNews> _news = _ => { };

    private readonly TaskCompletionSource _swept = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Done after the first sweep.</summary>
    internal Task Swept => _swept.Task;

    /// <summary>What runs.</summary>
    internal ConcurrentDictionary<SessionId, SessionOrder> Alive { get; } = new();

    internal ConcurrentDictionary<SessionId, SessionResult> Results { get; } = new();

    /// <summary>Ids of the sessions that were ended through this runner, with the reasons.</summary>
    internal ConcurrentQueue<(SessionId Id, string Why)> Ends { get; } = new();

    internal ConcurrentQueue<SessionOrder> Orders { get; } = new();

    /// <summary>What comes of a start; the entry of the table is made when it runs or will.</summary>
    internal Func<SessionOrder, Task<StartAnswer>> OnStart { get; set; } = _ => Task.FromResult(new StartAnswer(Place, null) { IsRunning = true });

    internal bool IsReachable { get; set; } = true;

    /// <summary>Null: it cannot tell.</summary>
    internal Func<IReadOnlySet<SessionId>?> OnLiving { get; set; } = () => null;

    internal int ResultsAsked { get; private set; }

    internal static SessionPlace Place { get; } = new(ProcessRunner.Kind, "h-1", null, new Uri("http://127.0.0.1:40123"));

    public string Name => "test";

    public string? Fault { get; set; }

    public string? LivingHost { get; set; }

    public IReadOnlyCollection<string> LostHosts { get; set; } = [];

    internal void Tell(RunnerNews news) => _news(news);

    internal void TellEnded(SessionId id, SessionEnding ending, int? code = null)
    {
        Alive.TryRemove(id, out _);
        Tell(new RunnerNews(id, End: new SessionEnd(ending.Label, ending.Advice, DateTimeOffset.UnixEpoch.AddYears(60), code)));
    }

    public Task StartAsync(Action<RunnerNews> news, CancellationToken cancellation)
    {
        _news = news;
        return Task.CompletedTask;
    }

    public async Task<StartAnswer> StartSessionAsync(SessionOrder order, CancellationToken cancellation)
    {
        Orders.Enqueue(order);
        var answer = await OnStart(order).WaitAsync(cancellation);
        if (answer.Place is not null)
            Alive[order.Id] = order;
        return answer;
    }

    public Task<bool> EndSessionAsync(SessionRecord record, SessionEnding why, CancellationToken cancellation)
    {
        Ends.Enqueue((record.Id, why.Label));
        if (IsReachable)
            Alive.TryRemove(record.Id, out _);
        return Task.FromResult(IsReachable);
    }

    public Task<SessionResult?> ResultAsync(SessionRecord record, CancellationToken cancellation)
    {
        ResultsAsked++;
        return Task.FromResult(Results.GetValueOrDefault(record.Id));
    }

    public Task<IReadOnlySet<SessionId>?> LivingAsync(CancellationToken cancellation) => Task.FromResult(OnLiving());

    public async Task<int> SweepAsync(Func<SessionId, Task<bool>> isKnown, CancellationToken cancellation)
    {
        var swept = 0;
        foreach (var id in IsReachable ? Alive.Keys : [])
        {
            if (!await isKnown(id) && Alive.TryRemove(id, out _))
                swept++;
        }

        _swept.TrySetResult();
        return swept;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
