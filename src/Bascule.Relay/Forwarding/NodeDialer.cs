namespace Bascule.Relay;

/// <summary>Opens a connection to a back end for ordinary requests.</summary>
internal static class NodeDialer
{
    /// <exception cref="ForwardEndedException">The node cannot be reached, or not in time, or TLS failed.</exception>
    internal static async Task<BackendConnection> DialAsync(NodeConnector connector, NodeAddress address, TimeSpan limit, TimeProvider time, CancellationToken token)
    {
        using var deadline = new StepDeadline(time, token);
        var (connection, failure) = await connector.ConnectAsync(address, ConnectionUse.Http, limit, deadline);
        return failure is { } ending
            ? throw new ForwardEndedException(ending.Reason, ending.Detail!)
            : new BackendConnection(address, connection!.Socket, connection.Stream);
    }
}
