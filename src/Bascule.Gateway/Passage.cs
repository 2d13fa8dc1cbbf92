using System.Net;
using Bascule.Admission;
using Bascule.Backends;
using Bascule.Cluster;
using Bascule.Model;
using Bascule.Protocol;
using Bascule.Relay;

namespace Bascule.Gateway;

/// <summary>What the stages know of one attempt while it is on its way.</summary>
public sealed class Passage(Attempt attempt, RequestHead head, IPEndPoint? remote, Generation rules)
{
    private RequestHead? _head = head;

    /// <summary>What the journal keeps.</summary>
    public Attempt Attempt => attempt;

    /// <exception cref="InvalidOperationException">The connection is open: the request was let go.</exception>
    public RequestHead Head => _head ?? throw new InvalidOperationException("The request was let go when the connection opened.");

    public IPEndPoint? Remote => remote;

    /// <summary>The configuration that holds for it, whatever is reloaded meanwhile.</summary>
    public Generation Rules => rules;

    /// <summary>The true client, looked for behind trusted proxies; set by the admission stage.</summary>
    public ClientSource? Source { get; set; }

    /// <summary>What the client offered; set by the handshake stage.</summary>
    public UpgradeOffer? Offer { get; set; }

    public RouteMatch Match { get; set; }

    public Identity? Identity { get; set; }

    /// <summary>The subprotocol in which the client's token came, so that it is not passed on.</summary>
    public string? TokenSubprotocol { get; set; }

    /// <summary>The token was checked here, so the back end gets the identity instead of it.</summary>
    public bool TokenTaken { get; set; }

    /// <summary>What the client may send once it is connected.</summary>
    public MessageLimits MessageLimits { get; set; } = MessageLimits.None;

    /// <summary>Its place among the connections that are limited; null when none is.</summary>
    public CountLease? Counted { get; set; }

    public Slot? Slot { get; set; }

    /// <summary>The same slot in the count of all gateways, when the pool is shared.</summary>
    public CountLease? SharedSlot { get; set; }

    public BackendLink? Link { get; set; }

    /// <summary>What a gateway said of a client that it brought; null for all others.</summary>
    internal TakeOrder? Terms { get; set; }

    /// <summary>What it asked of the hub, and may have; null for what the relay moves.</summary>
    internal HubPlan? Hub { get; set; }

    /// <summary>The session that it asked for, and may have; null for all others.</summary>
    internal SessionPlan? Session { get; set; }

    /// <summary>The connection, when a shard has the client's socket.</summary>
    internal HandedConnection? Handed { get; set; }

    /// <summary>As others know that connection, from before a shard has it; null where it is entered when it is served.</summary>
    internal OpenConnection? Open { get; set; }

    /// <summary>The fields of the back end's 101.</summary>
    public HeaderList? AnswerFields { get; set; }

    /// <summary>The client's side once it was answered.</summary>
    public RelayEndpoint? Client { get; set; }

    /// <summary>Its trace; null when nobody traces.</summary>
    public AttemptSpan? Span { get; set; }

    /// <summary>Lets go of the request: an open, idle connection keeps only what its end needs.</summary>
    public void Forget()
    {
        _head = null;
        Offer = null;
        AnswerFields = null;
        Identity = null;
        TokenSubprotocol = null;
        Source = null;
        Terms = null;
    }
}
