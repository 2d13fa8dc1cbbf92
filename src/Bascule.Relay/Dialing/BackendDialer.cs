using System.Net.Sockets;
using Bascule.Model;

namespace Bascule.Relay;

/// <summary>Opens WebSockets to back ends over HTTP/1.1, and says what a back end did that does not.</summary>
/// <param name="ready">Connections opened ahead, used where there are any; null: none.</param>
public sealed class BackendDialer(NodeConnector connector, DialLimits limits, TimeProvider time, ReadyConnections? ready = null)
{
    public BackendDialer(DialLimits limits, TimeProvider time)
        : this(new NodeConnector(time), limits, time)
    {
    }

    /// <summary>Name, TCP, TLS, request, answer: each step can end with its own reason.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<DialResult> DialAsync(DialTarget target, CancellationToken cancellation)
    {
        using var deadline = new StepDeadline(time, cancellation);
        if (ready?.Take(target.At) is { } waiting)
        {
            var result = await UpgradeAsync(target, waiting, deadline);
            // The node closed it at that very moment, as servers do with connections that ask for nothing: that is no fault of the node.
            if (result.Ending?.Reason != EndReasons.BackendClosedEarly || !result.MayTryAnother)
                return result;
        }

        var (connection, failure) = await connector.ConnectAsync(target.At, ConnectionUse.WebSocket, limits.Connect, deadline);
        return failure is { } ending ? DialResult.Failed(ending, mayTryAnother: true) : await UpgradeAsync(target, connection!, deadline);
    }

    /// <summary>The socket is closed when the deadline is over: one registration, where a token would cost one for each read and write.</summary>
    private async Task<DialResult> UpgradeAsync(DialTarget target, NodeConnection connection, StepDeadline deadline)
    {
        deadline.Begin(limits.Upgrade);
        var exchange = new UpgradeExchange(target, connection);
        var kept = false;
        var onOver = deadline.Token.UnsafeRegister(static socket => ((Socket)socket!).Dispose(), connection.Socket);
        try
        {
            var result = await exchange.RunAsync();
            await onOver.DisposeAsync();
            // A failure with an answer is the node's own; anything else comes from the cut.
            if (deadline.IsOver && (result.Link is not null || result.Answer is null))
                return Late(target, exchange, deadline);
            kept = result.Link is not null;
            return result;
        }
        finally
        {
            await onOver.DisposeAsync();
            if (!kept)
                connection.Cut();
        }
    }

    private DialResult Late(DialTarget target, UpgradeExchange exchange, StepDeadline deadline)
    {
        deadline.ThrowIfGivenUp();
        var seen = exchange.Received == 0 ? "answered nothing" : $"sent {exchange.Received} bytes, which are no whole answer,";
        return DialResult.Failed(EndReasons.BackendSilent, $"{target.At} {seen} within {limits.Upgrade.TotalSeconds:0.#} s");
    }
}
