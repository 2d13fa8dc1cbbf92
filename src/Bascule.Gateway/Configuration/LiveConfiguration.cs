using Bascule.Admission;
using Bascule.Backends;
using Bascule.Settings;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>The configuration that new attempts get. <see cref="Apply"/> swaps all of it at once.</summary>
public sealed class LiveConfiguration : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly PoolTable _pools;
    private readonly HttpClient _keysClient = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private readonly ILoggerFactory _logs;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _over = new();
    private readonly List<Task> _retiring = [];
    private readonly PoolSettings? _hub;
    private volatile Generation _current;

    public LiveConfiguration(BasculeSettings settings, PoolTable pools, ILoggerFactory logs, TimeProvider time)
    {
        _pools = pools;
        _logs = logs;
        _time = time;
        _hub = HubPool.Of(settings);
        _current = new Generation(1, settings, time.GetUtcNow(), Check(settings.Auth.Jwt));
    }

    public Generation Current => _current;

    /// <summary>Makes this configuration the one of every attempt that begins from now on. It was checked before.</summary>
    /// <param name="keysChanged">Something about tokens changed, if only the content of a key file. Else the keys that were fetched stay.</param>
    public Generation Apply(BasculeSettings settings, bool keysChanged)
    {
        lock (_gate)
        {
            var old = _current;
            var tokens = keysChanged ? Check(settings.Auth.Jwt) : old.Tokens;
            // Pools first: a new route must find its pool.
            _pools.Update(HubPool.With(settings.Pools, _hub));
            var next = new Generation(old.Number + 1, settings, _time.GetUtcNow(), tokens);
            _current = next;
            if (keysChanged && old.Tokens is { } retired)
                _retiring.Add(RetireAsync(retired, old.Settings.Deadlines.Handshake));
            _retiring.RemoveAll(task => task.IsCompletedSuccessfully);
            return next;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await Task.WhenAll(_retiring);
        if (_current.Tokens is { } tokens)
            await tokens.DisposeAsync();
        _keysClient.Dispose();
        _over.Dispose();
    }

    private TokenCheck? Check(JwtSettings? jwt) => jwt is null ? null : new TokenCheck(jwt, _keysClient, _time, _logs.CreateLogger<TokenCheck>());

    /// <summary>Attempts that began before may still ask it, as long as a handshake may take.</summary>
    private async Task RetireAsync(TokenCheck tokens, TimeSpan patience)
    {
        await Task.Delay(patience, _time, _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await tokens.DisposeAsync();
    }
}
