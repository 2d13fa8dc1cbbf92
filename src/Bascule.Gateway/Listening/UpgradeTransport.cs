using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Bascule.Gateway;

/// <summary>Kestrel's socket transport, but on plain addresses a WebSocket upgrade is taken on the spot, on its bare socket; Kestrel gets everything else, untouched.</summary>
/// <remarks>What it saves is in docs/decisions/sockets-of-our-own.md.</remarks>
internal sealed class UpgradeTransport(ILoggerFactory logs, TimeProvider time) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly SocketTransportFactory _inner = new(Options.Create(new SocketTransportOptions()), logs);

    /// <summary>The rooms; set before the first listener opens.</summary>
    internal UpgradeTaker? Taker { get; set; }

    public bool CanBind(EndPoint endpoint) => endpoint is PlainEndPoint || _inner.CanBind(endpoint);

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) => endpoint is PlainEndPoint plain
        ? ValueTask.FromResult<IConnectionListener>(UpgradeListener.Open(plain, Taker ?? throw new InvalidOperationException("The rooms are set before the listeners open."), logs, time))
        : _inner.BindAsync(endpoint, cancellationToken);
}
