using Bascule.Cluster;
using Bascule.Settings;
using StackExchange.Redis;

namespace Bascule.Storage.Redis;

/// <summary>The connection to Redis. It never blocks a thread, waits no longer than its limit, and mends itself.</summary>
/// <remarks>Only API that version 2 of the client has, too.</remarks>
internal sealed class RedisLink(StorageAddress address, TimeSpan longestWait, TimeProvider time) : IAsyncDisposable
{
    // Longer than the pause of a Redis that loads, saves or is moved; after that it is as good as away.
    private static readonly TimeSpan ShortestLimit = TimeSpan.FromSeconds(5);

    // After so long without a word the client takes the connection for dead.
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(2);

    private static readonly RedisKey[] Prefix = ["{bascule}"];

    private readonly SemaphoreSlim _connecting = new(1, 1);
    private volatile ConnectionMultiplexer? _connection;

    private readonly TimeSpan _answerLimit = longestWait > ShortestLimit ? longestWait : ShortestLimit;

    internal string Name { get; } = $"Redis {address.Host}:{address.Port}/{address.Database}";

    /// <summary>Runs a script. It may be sent again only if Redis said that it did not run.</summary>
    internal async Task<RedisResult> RunAsync(string what, string script, CancellationToken cancellation, params RedisValue[] arguments)
    {
        ConnectionMultiplexer? connection = null;
        try
        {
            connection = await ConnectionAsync(cancellation);
            try
            {
                return await EvaluateAsync(connection, script, arguments, cancellation);
            }
            catch (RedisServerException e) when (e.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
            {
                // Redis was started anew; the client has noticed by now and sends the text.
                return await EvaluateAsync(connection, script, arguments, cancellation);
            }
        }
        catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException)
        {
            if (e is TimeoutException)
                await DropAsync(connection);
            throw await UnavailableAsync(what, e);
        }
    }

    public async ValueTask DisposeAsync() => await DropAsync(_connection);

    private Task<RedisResult> EvaluateAsync(ConnectionMultiplexer connection, string script, RedisValue[] arguments, CancellationToken cancellation) =>
        connection.GetDatabase().ScriptEvaluateAsync(script, Prefix, arguments).WaitAsync(_answerLimit, time, cancellation);

    private async Task<ConnectionMultiplexer> ConnectionAsync(CancellationToken cancellation)
    {
        if (_connection is { } open)
            return open;
        await _connecting.WaitAsync(cancellation);
        try
        {
            return _connection ??= await ConnectionMultiplexer.ConnectAsync(Options()).WaitAsync(_answerLimit, time, cancellation);
        }
        finally
        {
            _connecting.Release();
        }
    }

    private ConfigurationOptions Options() => new()
    {
        EndPoints = { { address.Host, address.Port } },
        Password = address.Password.Length > 0 ? address.Password : null,
        DefaultDatabase = int.Parse(address.Database, System.Globalization.CultureInfo.InvariantCulture),
        ClientName = "bascule",

        // It goes on trying by itself, also when Redis is away at the start.
        AbortOnConnectFail = false,
        ConnectRetry = 1,
        ConnectTimeout = 2000,
        SyncTimeout = 2000,
        ResponseTimeout = (int)(longestWait > SilenceLimit ? longestWait : SilenceLimit).TotalMilliseconds,
        KeepAlive = 5,
        ReconnectRetryPolicy = new LinearRetry(500),
    };

    // A connection that does not answer any more, though it looks open: the next call makes a new one.
    private async Task DropAsync(ConnectionMultiplexer? connection)
    {
        if (connection is null || Interlocked.CompareExchange(ref _connection, null, connection) != connection)
            return;
        await connection.CloseAsync(allowCommandsToComplete: false);
        connection.Dispose();
    }

    private async Task<StoreUnavailableException> UnavailableAsync(string what, Exception failure)
    {
        var text = failure.Message;
        if (failure is RedisConnectionException)
        {
            var objection = await RedisKnock.ObjectionAsync(address, time);
            text = objection.Length > 0 ? objection : text;
        }

        var (seen, remedy) = failure switch
        {
            _ when RefusesPassword(text) => ("it refuses the password.", "Correct the password in `storage`."),
            RedisServerException => ($"it said: {text.TrimEnd('.')}.", "Bascule needs Redis 5 or newer, and a primary that may be written to."),
            TimeoutException => ("it did not answer in time.", "See whether it is overloaded or stopped."),
            _ => ("it could not be reached.", "Start it, or correct host and port in `storage`."),
        };
        return new StoreUnavailableException($"{what} {Name}", seen, remedy, failure);
    }

    internal static bool RefusesPassword(string text) =>
        text.Contains("NOAUTH", StringComparison.Ordinal) || text.Contains("WRONGPASS", StringComparison.Ordinal)
        || text.Contains("invalid password", StringComparison.OrdinalIgnoreCase) || text.Contains("AuthenticationFailure", StringComparison.OrdinalIgnoreCase);
}
