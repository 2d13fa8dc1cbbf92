using Bascule.Testing;

namespace Bascule.Load.Tests;

/// <summary>What tests of handshakes and sockets share: a dialer whose clock stands still, orders, the end of what was opened.</summary>
public abstract class DialTest : IAsyncDisposable
{
    protected static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly List<LoadSocket> _sockets = [];

    protected DialTest() => Dialer = new Dialer(Time);

    protected ManualTime Time { get; } = new();

    protected Dialer Dialer { get; }

    protected static DialOrder Order(Uri url) => new(url, null, null, [], [], AnyCertificate: false, Limit);

    protected Task<DialOutcome> DialAsync(Uri url) => DialAsync(Order(url));

    protected async Task<DialOutcome> DialAsync(DialOrder order)
    {
        var outcome = await Dialer.DialAsync(order, CancellationToken.None).Soon();
        if (outcome.Socket is not null)
            _sockets.Add(outcome.Socket);
        return outcome;
    }

    /// <summary>A handshake that must succeed.</summary>
    protected async Task<LoadSocket> OpenAsync(DialOrder order)
    {
        var outcome = await DialAsync(order);
        Assert.Null(outcome.Failure);
        return outcome.Socket!;
    }

    protected Task<LoadSocket> OpenAsync(BrokenServer server) => OpenAsync(Order(server.Url) with { AnyCertificate = true });

    /// <summary>A handshake that must fail.</summary>
    protected async Task<LoadFailure> FailureAsync(DialOrder order)
    {
        var outcome = await DialAsync(order);
        Assert.Null(outcome.Socket);
        return outcome.Failure!;
    }

    protected Task<LoadFailure> FailureAsync(Uri url) => FailureAsync(Order(url));

    /// <summary>Done when the code under test waits for the clock.</summary>
    protected Task TimerAsync()
    {
        return WaitAsync().Soon();

        async Task WaitAsync()
        {
            while (Time.ArmedTimers == 0)
                await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var socket in _sockets)
            await socket.DisposeAsync();
        Dialer.Dispose();
        GC.SuppressFinalize(this);
    }
}
