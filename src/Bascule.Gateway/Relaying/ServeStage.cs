namespace Bascule.Gateway;

/// <summary>Stage 7: the relay, or the hub, until a side ends.</summary>
public sealed class ServeStage(RelayStage relay, HubStage hub, SessionStage sessions)
{
    public Task<ConnectionEnd> RunAsync(Passage passage, IClientHandshake client) =>
        passage.Session is not null ? sessions.RunAsync(passage, client, relay) : passage.Hub is null ? relay.RunAsync(passage, client) : hub.RunAsync(passage, client, relay);
}
