using Microsoft.Extensions.Logging;

namespace Bascule.Admission;

/// <summary>The keys behind a URL: fetched when asked for, kept for a while, fetched again for a key id that is not among them.</summary>
/// <remarks>One fetch at a time, and all that wait share it. When it fails, the keys of before go on serving.</remarks>
internal sealed class RemoteKeys : IAsyncDisposable
{
    // A client waits in its handshake for this.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    // Between fetches for unknown ids, and after a failure: a flood of bad tokens must not become a flood for the issuer.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly Uri _url;
    private readonly string _urlShown;
    private readonly TimeSpan _cache;
    private readonly HttpClient _http;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();

    private readonly Lock _gate = new();
    private RemoteKeySet _set = new([], null);
    private long? _fetchedAt;
    private long? _pausedAt;
    private Task? _fetch;

    internal RemoteKeys(Uri url, TimeSpan cache, HttpClient http, TimeProvider time, ILogger logger)
    {
        _url = url;
        _urlShown = url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
        _cache = cache;
        _http = http;
        _time = time;
        _logger = logger;
        if (url.Scheme != Uri.UriSchemeHttps && !url.IsLoopback)
            logger.JwksUnprotected(_urlShown);
    }

    /// <summary>The keys to check a token with. Waits for a fetch when there are none, when they are old, or when none has this id.</summary>
    internal async ValueTask<RemoteKeySet> ForAsync(string? keyId, CancellationToken cancellation)
    {
        Task fetch;
        lock (_gate)
        {
            var old = _fetchedAt is not { } at || _time.GetElapsedTime(at) >= _cache;
            var lacking = _set.Keys.Count == 0 || (keyId is not null && _set.Keys.All(k => k.Id != keyId));
            if (!old && !lacking)
                return _set;
            if (_fetch is null)
            {
                if (_stop.IsCancellationRequested || (_pausedAt is { } paused && _time.GetElapsedTime(paused) < Pause))
                    return _set;
                if (!old)
                    _pausedAt = _time.GetTimestamp();
                _fetch = Task.Run(FetchAsync, CancellationToken.None);
            }

            fetch = _fetch;
        }

        await fetch.WaitAsync(cancellation);
        lock (_gate)
            return _set;
    }

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
            return;
        await _stop.CancelAsync();
        Task? fetch;
        lock (_gate)
            fetch = _fetch;
        if (fetch is not null)
            await fetch;
        _stop.Dispose();
    }

    private async Task FetchAsync()
    {
        KeysRead? read = null;
        string? failure = null;
        try
        {
            (read, failure) = await DownloadAsync();
        }
        finally
        {
            // 1. Also when something unforeseen was thrown, so that the next check may try again.
            lock (_gate)
            {
                _fetch = null;
                if (read is null)
                {
                    _pausedAt = _time.GetTimestamp();
                    _set = _set with { Failure = failure };
                }
                else
                {
                    _fetchedAt = _time.GetTimestamp();
                    _set = new RemoteKeySet(read.Keys, null);
                }
            }
        }

        // 2. Logged outside of the lock.
        if (read is null)
        {
            _logger.JwksFailed(_urlShown, failure ?? "", _set.Keys.Count);
            return;
        }

        foreach (var fault in read.Refused)
            _logger.JwkRefused(_urlShown, fault);
        if (_logger.IsEnabled(LogLevel.Information))
            _logger.JwksFetched(read.Keys.Count, _urlShown, string.Join(", ", read.Keys.Select(k => k.Id is null ? "(no id)" : Evidence.Quote(k.Id))));
    }

    private async Task<(KeysRead? Keys, string? Failure)> DownloadAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _stop.Token);
        try
        {
            return await KeyDownload.GetAsync(_http, _url, either.Token);
        }
        catch (OperationCanceledException)
        {
            return (null, _stop.IsCancellationRequested ? "the gateway is stopping" : $"no answer within {Evidence.Span(Deadline)}");
        }
    }
}

/// <summary>The keys of the last good fetch, and why the latest one failed; null when it did not.</summary>
internal sealed record RemoteKeySet(IReadOnlyList<TokenKey> Keys, string? Failure);
