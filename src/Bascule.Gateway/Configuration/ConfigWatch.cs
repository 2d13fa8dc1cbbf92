using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>Notices changed configuration files by looking at them: it also sees what an editor replaces, and the links that Kubernetes swaps.</summary>
/// <param name="changed">Called when files changed and then stayed as they are for one look.</param>
public sealed class ConfigWatch(Func<WatchedPlaces> places, Func<Task> changed, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _over = new();
    private Task _watching = Task.CompletedTask;

    public void Start() => _watching = WatchAsync();

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _watching;
        _over.Dispose();
    }

    private async Task WatchAsync()
    {
        var applied = Look();
        var last = applied;
        while (true)
        {
            await Task.Delay(Between, time, _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_over.IsCancellationRequested)
                return;
            var now = Look();
            // Half-written files change again before the next look.
            if (now != applied && now == last)
            {
                applied = now;
                await changed();
            }

            last = now;
        }
    }

    /// <summary>Names, sizes and times of all files.</summary>
    private string Look()
    {
        var (files, dropIns) = places();
        var inFolder = Directory.Exists(dropIns) ? Directory.GetFiles(dropIns, "*.json") : [];
        return string.Join('\n', files.Concat(inFolder).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(LookOf));
    }

    private static string LookOf(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            return $"{path} is missing";
        // Behind a link, the target counts.
        var target = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
        return $"{path} {target.FullName} {target.Length} {target.LastWriteTimeUtc.Ticks}";
    }
}
