using Bascule.Model;
using Bascule.Protocol;
using Bascule.Relay;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>How a connection ended, for the closing stage.</summary>
public sealed record ConnectionEnd(Ending Ending, int CloseCode, string CloseReason, LiveCounts Counts);

/// <summary>Stage 7: the client gets its 101, and frames move until a side ends.</summary>
public sealed class RelayStage(BasculeSettings settings, HeartbeatSweep sweep, Probe probe, GatewayMetrics metrics, AttemptLedger ledger, TimeProvider time)
{
    /// <summary>The subprotocol of our SDKs: those who speak it know the codes 46xx.</summary>
    private const string SdkSubprotocol = "bascule.v1";

    public async Task<ConnectionEnd> RunAsync(Passage passage, IClientHandshake client)
    {
        var attempt = passage.Attempt;
        var agreed = passage.Link?.Agreed ?? new AgreedUpgrade(null, null, 0);
        var headers = AcceptFields.For(passage, agreed);
        attempt.Subprotocol = agreed.Subprotocol;
        var route = passage.Match.Route!;
        passage.Client = await client.AcceptAsync(headers);
        attempt.Enter(Stage.Relay);
        metrics.HandshakeEnded(route.Name, null);
        metrics.ConnectionOpened(route.Name, attempt.Protocol);
        ledger.Opened(passage);

        await using var echo = passage.Link is null ? probe.Open(passage) : null;
        var backend = passage.Link?.Endpoint ?? echo!.Endpoint;
        var relay = new RelayConnection(passage.Client, backend, agreed.ReservedBits, TermsOf(route.Settings, agreed), attempt.Id, time);
        attempt.Live = () => CountsOf(relay.Facts);
        passage.Forget();
        sweep.Add(relay);
        try
        {
            var outcome = await relay.RunAsync();
            NoteFacts(attempt, outcome.Facts);
            if (outcome.Facts.Client.PingRoundTrip is { } fromClient)
                metrics.PingAnswered(PingedSide.Client, fromClient);
            if (outcome.Facts.Backend.PingRoundTrip is { } fromBackend)
                metrics.PingAnswered(PingedSide.Backend, fromBackend);
            return new ConnectionEnd(outcome.Ending, outcome.Code, outcome.CloseReason, CountsOf(outcome.Facts));
        }
        finally
        {
            sweep.Remove(relay);
        }
    }

    private RelayTerms TermsOf(RouteSettings route, AgreedUpgrade agreed) => new(
        settings.Heartbeat,
        route.Idle ?? settings.Life.Idle,
        route.MaximumAge ?? settings.Life.MaximumAge,
        settings.Deadlines.Close,
        SpeaksBascule: agreed.Subprotocol == SdkSubprotocol);

    private LiveCounts CountsOf(RelayFacts facts) => new(
        facts.Client.Received.Texts + facts.Client.Received.Binaries,
        facts.Backend.Received.Texts + facts.Backend.Received.Binaries,
        facts.Client.Received.Bytes,
        facts.Backend.Received.Bytes,
        time.GetUtcNow() - facts.Client.Silence,
        time.GetUtcNow() - facts.Backend.Silence,
        facts.Client.PingRoundTrip,
        facts.Backend.PingRoundTrip);

    private static void NoteFacts(Attempt attempt, RelayFacts facts)
    {
        if (facts.Client.WriteBlocked)
            attempt.Note("client", "was not reading: a write to it was under way");
        if (facts.Backend.WriteBlocked)
            attempt.Note("backend", "was not reading: a write to it was under way");
        if (facts.Client.MidFrame)
            attempt.Note("close frame", "could not reach the client: the back end stopped in the middle of a large frame");
    }
}
