using Bascule.Model;

namespace Bascule.Admission;

/// <summary>Finds the ticket: the subprotocol <c>ticket.X</c>, else the query parameter <c>ticket</c>. It is asked before <see cref="TokenSource"/>.</summary>
public static class TicketSource
{
    /// <summary>The query parameter that may carry a ticket.</summary>
    public const string QueryParameter = "ticket";

    /// <summary>What a subprotocol that carries a ticket begins with.</summary>
    public const string SubprotocolPrefix = "ticket.";

    /// <summary>The ticket of the first place that has one, or null. Its subprotocol is taken out of the list as one with a token is.</summary>
    public static FoundToken? Find(RequestHead head) =>
        TokenSource.InSubprotocols(head, SubprotocolPrefix) ?? TokenSource.InQuery(head, QueryParameter);
}
