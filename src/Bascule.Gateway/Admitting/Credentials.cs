using Bascule.Admission;
using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>Finds out who asks: by a ticket, by a token, or by the word of another gateway; and whether that was revoked.</summary>
public sealed class Credentials(Func<Tickets> tickets, RevocationList revocations, GatewayTerms terms, GatewayMetrics metrics)
{
    /// <summary>Sets the identity of the passage, as far as the policy of its route asks for one.</summary>
    public async ValueTask<Ending?> CheckAsync(Passage passage, CancellationToken cancellation)
    {
        if (passage.Match.Auth == AuthPolicy.Gateway)
            return await terms.CheckAsync(passage, cancellation);
        if (passage.Match.Auth == AuthPolicy.None || passage.Rules.Tokens is not { } tokens)
            return null;
        var ticket = TicketSource.Find(passage.Head);
        var found = ticket ?? TokenSource.Find(passage.Head);
        if (found is null && (passage.Match.Auth == AuthPolicy.Optional || ComesByLink(passage)))
            return null;
        var result = ticket is not null ? await RedeemAsync(ticket, passage, cancellation) : await tokens.CheckAsync(found?.Token, cancellation);
        if (!result.Accepted)
            return result.Refusal;
        if (revocations.Check(result.Identity) is { } revoked)
            return revoked;
        passage.Identity = result.Identity;
        passage.TokenTaken = true;
        passage.TokenSubprotocol = found!.Subprotocol;
        passage.Attempt.Subject = result.Identity.Subject;
        return null;
    }

    /// <summary>The identity of a token that came by itself: for a ticket, or to renew a connection.</summary>
    public async ValueTask<TokenResult> CheckAsync(TokenCheck tokens, string? token, CancellationToken cancellation)
    {
        var result = await tokens.CheckAsync(token, cancellation);
        return result.Accepted && revocations.Check(result.Identity) is { } revoked ? TokenResult.Refuse(revoked) : result;
    }

    /// <summary>Whether the link is good is for who knows the session.</summary>
    private static bool ComesByLink(Passage passage) =>
        passage.Match.Route?.Destination is SessionDestination && QueryText.Value(passage.Head.Query, SessionLinks.Parameter) is { Length: > 0 };

    /// <returns>Null when the token of this identity is over.</returns>
    public async ValueTask<IssuedTicket?> IssueTicketAsync(Identity identity, string? route, string? origin, CancellationToken cancellation)
    {
        var issued = await tickets().IssueAsync(identity, route, origin, cancellation);
        metrics.TicketEnded(issued is null ? TicketResult.Refused : TicketResult.Issued);
        return issued;
    }

    private async ValueTask<TokenResult> RedeemAsync(FoundToken ticket, Passage passage, CancellationToken cancellation)
    {
        var result = await tickets().RedeemAsync(ticket.Token, passage.Match.Nearest?.Name, passage.Head.Headers.First("Origin"), cancellation);
        metrics.TicketEnded(result.Accepted ? TicketResult.Used : result.Refusal.Reason == EndReasons.TicketMisused ? TicketResult.Misused : TicketResult.Invalid);
        return result;
    }
}
