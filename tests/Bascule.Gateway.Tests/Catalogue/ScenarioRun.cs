using Bascule.Model;
using Bascule.Sessions;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>What one scenario has in hands: a gateway, a back end, the attempt that it is about, and what the client of that attempt was told.</summary>
internal sealed class ScenarioRun(Manner manner) : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _owned = [];
    private TestGateway? _gateway;

    /// <summary>The id that the client chose for the attempt.</summary>
    internal string Attempt { get; } = AttemptId.New().ToString();

    internal RawBackend Backend { get; } = new();

    internal TestGateway Gateway => _gateway ?? throw new InvalidOperationException("The scenario has not started its gateway.");

    internal ManualTime Time => Gateway.Time;

    /// <summary>The answer in HTTP, if it was told so.</summary>
    internal WireAnswer? Answer { get; set; }

    /// <summary>The close frame that the client got, if it got one.</summary>
    internal WireFrame? Close { get; private set; }

    /// <summary>Where the sessions of the run's gateway seem to run; null when it has none.</summary>
    internal SessionBench? Sessions { get; set; }

    /// <summary>The usual settings, with the run's own back end.</summary>
    internal BasculeSettings Settings => Configured.For(Backend.Url);

    internal async Task StartAsync(BasculeSettings? settings = null, ConfigSource? source = null, ManualTime? time = null, ISessionStore? sessions = null)
    {
        settings ??= Settings;
        _gateway = await TestGateway.StartAsync(settings with { Routes = [.. settings.Routes.Select(r => r with { Refusal = manner.Mode })] }, time, source: source, sessions: sessions);
    }

    /// <summary>A request under the run's attempt id.</summary>
    internal Ask Ask(string target = "/ws")
    {
        var ask = new Ask($"{target}{(target.Contains('?') ? '&' : '?')}{AttemptDesk.IdParameter}={Attempt}");
        if (manner.Listener == Listener.Kestrel)
            ask = ask.ForKestrel();
        return manner.Browser ? ask.AsBrowser() : ask;
    }

    /// <summary>Asks and is refused, in whatever way.</summary>
    internal async Task RefusedAsync(Ask ask) => await ReadRefusalAsync(await Gateway.SendAsync(ask));

    internal async Task ReadRefusalAsync(Wire client)
    {
        Answer = await client.ReadAnswerAsync();
        if (Answer.Status != 101)
            return;
        await ReadCloseAsync(client);
    }

    /// <summary>Reads the close frame that the client is sent, answers it, and leaves.</summary>
    internal async Task ReadCloseAsync(Wire client)
    {
        Close = await client.ReadCloseAsync();
        await client.SendCloseAsync(Close.CloseCode, "", masked: true);
        client.Finish();
    }

    /// <summary>The attempt becomes a connection.</summary>
    internal Task<(Wire Client, Wire Backend)> JoinAsync(string? subprotocol = null, Ask? ask = null)
    {
        ask ??= Ask();
        return Gateway.JoinAsync(Backend, subprotocol is null ? ask : ask.With($"Sec-WebSocket-Protocol: {subprotocol}"), subprotocol);
    }

    /// <summary>Takes care of something that the scenario started.</summary>
    internal T Owned<T>(T thing)
        where T : IAsyncDisposable
    {
        _owned.Add(thing);
        return thing;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var owned in Enumerable.Reverse(_owned))
            await owned.DisposeAsync();
        // As in a bench with a gateway of its own: what seems to be the host outlives the gateway.
        if (Sessions is not null)
            await Sessions.Host.HangUpAsync();
        if (_gateway is not null)
            await _gateway.DisposeAsync();
        if (Sessions is not null)
            await Sessions.DisposeAsync();
        Backend.Dispose();
    }
}
