using System.Globalization;
using Bascule.Admission;
using Bascule.Backends;
using Bascule.Model;
using Bascule.Protocol;
using Bascule.Relay;

namespace Bascule.Gateway;

/// <summary>How a connection ended, for the closing stage.</summary>
public sealed record ConnectionEnd(Ending Ending, int CloseCode, string CloseReason, LiveCounts Counts);

/// <summary>Stage 7: the client gets its 101, and frames move until a side ends.</summary>
public sealed class RelayStage(HeartbeatSweep sweep, ConnectionDesk desk, Probe probe, GatewayMetrics metrics, AttemptLedger ledger, TimeProvider time)
{
    /// <summary>The subprotocol of our SDKs: those who speak it know the codes 46xx.</summary>
    private const string SdkSubprotocol = "bascule.v1";

    private readonly UserAllowances _allowances = new(time);

    public async Task<ConnectionEnd> RunAsync(Passage passage, IClientHandshake client)
    {
        var attempt = passage.Attempt;
        var agreed = passage.Link?.Agreed ?? new AgreedUpgrade(null, null, 0);
        var headers = AcceptFields.For(passage, agreed);
        passage.Client = await client.AcceptAsync(headers);
        desk.Opened(passage, agreed.Subprotocol);

        await using var echo = passage.Link is null ? probe.Open(passage) : null;
        using var allowance = passage.Identity is { } user ? _allowances.Enter(LimitKeys.User(user), passage.MessageLimits) : null;
        var backend = passage.Link?.Endpoint ?? echo!.Endpoint;
        var relay = new RelayConnection(passage.Client, backend, agreed.ReservedBits, TermsOf(passage, agreed, allowance), attempt.Id, time);
        attempt.Live = () => CountsOf(relay.Facts);
        sweep.Add(relay);
        var open = desk.Enter(passage, new RelayedConnection(relay, passage.Handed, passage.Rules.Settings.Deadlines.Close, time));
        passage.Forget();
        try
        {
            var running = relay.RunAsync();
            // The back end has seen its end: its slot is for the next one, though the client may take its time to hang up.
            if (await relay.Told is { } ended)
                ClosingStage.GiveSlotBack(passage, VerdictOf(ended));
            return Ended(attempt, await running);
        }
        finally
        {
            desk.Leave(open);
            sweep.Remove(relay);
        }
    }

    private ConnectionEnd Ended(Attempt attempt, RelayOutcome outcome)
    {
        NoteFacts(attempt, outcome.Facts);
        if (outcome.Facts.Client.PingRoundTrip is { } fromClient)
            metrics.PingAnswered(PingedSide.Client, fromClient);
        if (outcome.Facts.Backend.PingRoundTrip is { } fromBackend)
            metrics.PingAnswered(PingedSide.Backend, fromBackend);
        if (outcome.Facts.ThrottledTime > TimeSpan.Zero)
            metrics.Throttled(outcome.Facts.ThrottledTime);
        return new ConnectionEnd(outcome.Ending, outcome.Code, outcome.CloseReason, CountsOf(outcome.Facts));
    }

    private static ConnectionVerdict VerdictOf(RelayOutcome outcome) =>
        outcome.BackendFailed ? ConnectionVerdict.EndedBadly(outcome.Ending.ToString()!) : ConnectionVerdict.EndedWell;

    private RelayTerms TermsOf(Passage passage, AgreedUpgrade agreed, UserAllowance? allowance)
    {
        var settings = passage.Rules.Settings;
        var route = passage.Match.Route!.Settings;
        return new RelayTerms(
            settings.Heartbeat,
            route.Idle ?? settings.Life.Idle,
            route.MaximumAge ?? settings.Life.MaximumAge,
            settings.Deadlines.Close,
            SpeaksBascule: agreed.Subprotocol == SdkSubprotocol)
        {
            Limits = passage.MessageLimits,
            User = allowance,
            OnMessage = ledger.MessagesOf(passage.Attempt, route, time),
            // Whoever came by a link goes when it ends.
            ExpiresAt = passage.Session?.Expires ?? OpenConnection.ExpiryOf(passage.Identity, settings),
        };
    }

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
        if (facts.Throttled > 0)
            attempt.Note("held back", string.Create(CultureInfo.InvariantCulture, $"{facts.ThrottledTime.TotalSeconds:0.#} s, because it sent faster than it may; {facts.Throttled} times"));
        if (facts.Client.MidFrame)
            attempt.Note("close frame", "could not reach the client: the back end stopped in the middle of a large frame");
    }
}
