using Bascule.Testing;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>Keeps the news of a runner, and waits for some.</summary>
/// <param name="scene">What is told where they do not come.</param>
internal sealed class NewsBook(Func<string> scene)
{
    private readonly Lock _gate = new();
    private readonly List<RunnerNews> _all = [];
    private TaskCompletionSource _added = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal IReadOnlyList<RunnerNews> All
    {
        get
        {
            lock (_gate)
                return [.. _all];
        }
    }

    internal void Add(RunnerNews news)
    {
        lock (_gate)
        {
            _all.Add(news);
            _added.SetResult();
            _added = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    internal async Task<SessionPlace> PlaceAsync(SessionId id)
    {
        var first = await FirstAsync(news => news.Id == id && (news.Place is not null || news.End is not null));
        return first.Place ?? throw new InvalidOperationException($"The session ended before it had a place: {first.End}");
    }

    internal async Task<SessionEnd> EndAsync(SessionId id) => (await FirstAsync(news => news.Id == id && news.End is not null)).End!;

    internal async Task<RunnerNews> FirstAsync(Func<RunnerNews, bool> isIt)
    {
        while (true)
        {
            Task added;
            lock (_gate)
            {
                if (_all.Find(news => isIt(news)) is { } found)
                    return found;
                added = _added.Task;
            }

            try
            {
                await added.Soon();
            }
            catch (TimeoutException)
            {
                Assert.Fail($"What was waited for did not come. News: {string.Join(", ", All)}. {scene()}");
            }
        }
    }
}
