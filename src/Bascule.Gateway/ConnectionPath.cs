using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>The path of a connection, from the request to its end. Every stage is timed, and can refuse with an end reason.</summary>
public sealed class ConnectionPath(HandshakeStage handshake, AdmissionStage admission, RoutingStage routing, ConnectStage connect, ServeStage serve, ClosingStage closing)
{
    /// <summary>Takes one client from its request to its end. Never throws: whatever happens has a name, a log line and an answer.</summary>
    public async Task RunAsync(IClientHandshake client)
    {
        var passage = handshake.Open(client);                                   // 1 listen
        try
        {
            if (await EstablishAsync(passage, client) is { } refusal)
                await closing.RefuseAsync(passage, client, refusal);
            else
                closing.End(passage, await serve.RunAsync(passage, client));    // 7 relay
        }
        catch (Exception e)
        {
            await closing.FailAsync(passage, client, e);
        }
        finally
        {
            await closing.LeaveAsync(passage);                                  // 8 close: slot back, journal entry
        }
    }

    /// <summary>The stages that can refuse, under the deadline of the handshake. Null when the way to the back end is open.</summary>
    private async Task<Ending?> EstablishAsync(Passage passage, IClientHandshake client)
    {
        using var deadline = handshake.Deadline(passage, client);
        try
        {
            return handshake.Check(passage, client)                             // 2 handshake
                ?? await admission.AdmitAsync(passage, deadline.Token)          // 3 admission
                ?? routing.Choose(passage)                                      // 4 routing
                ?? await connect.ReachAsync(passage, client, deadline.Token);   // 5 slot, 6 connect
        }
        catch (OperationCanceledException) when (deadline.Token.IsCancellationRequested)
        {
            return deadline.Ending(passage.Attempt.Stage);
        }
    }
}
