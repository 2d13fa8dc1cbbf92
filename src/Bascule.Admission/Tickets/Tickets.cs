using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Admission;

/// <summary>A new ticket.</summary>
/// <param name="Text">A secret until it is used: 32 characters that fit into a query and a subprotocol.</param>
public sealed record IssuedTicket(string Text, DateTimeOffset ExpiresAt)
{
    /// <summary>Its end alone, so that the ticket cannot slip into a log.</summary>
    public override string ToString() => $"ticket until {Evidence.Instant(ExpiresAt)}";
}

/// <summary>Single-use tickets: a page that cannot send a header swaps its token for one, so that no token stands in a URL.</summary>
/// <remarks>Why they are as they are: docs/decisions/tickets.md.</remarks>
public sealed class Tickets(ITicketStore store, TicketSettings settings, TimeProvider time)
{
    // 192 bits: nobody guesses one of many within seconds, and base64url needs no padding.
    private const int RandomBytes = 24;
    private const int TextLength = 32;

    private static readonly SearchValues<char> Alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <param name="routeName">The only route that it shall open, or null for any.</param>
    /// <param name="origin">The Origin of the page that asks: only such a page may use it. Null: anyone.</param>
    /// <returns>Null when the token of this identity has expired: a ticket never outlives it.</returns>
    public async ValueTask<IssuedTicket?> IssueAsync(Identity identity, string? routeName, string? origin, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var until = now + settings.Life;
        if (identity.ExpiresAt is { } end && end < until)
            until = end;
        if (until <= now)
            return null;
        var text = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));
        var payload = new TicketPayload(identity, routeName, origin, until);
        await store.PutAsync(Hash(text), payload.ToJson(), LimitKeys.User(identity), until - now, cancellation);
        return new IssuedTicket(text, until);
    }

    /// <summary>Uses a ticket up, also when it is the wrong one for this request: who found it shall not try on.</summary>
    /// <param name="routeName">The route of the request.</param>
    /// <param name="origin">The Origin of the request, or null.</param>
    /// <returns>The identity, or <c>ticket_invalid</c> or <c>ticket_misused</c>.</returns>
    public async ValueTask<TokenResult> RedeemAsync(string ticket, string? routeName, string? origin, CancellationToken cancellation)
    {
        if (ticket.Length != TextLength || ticket.AsSpan().ContainsAnyExcept(Alphabet))
            return TokenResult.Refuse(EndReasons.TicketInvalid, $"It has {ticket.Length} characters; a ticket has {TextLength} of base64url.");
        if (await store.TakeAsync(Hash(ticket), cancellation) is not { } json)
            return TokenResult.Refuse(EndReasons.TicketInvalid, $"It is not among those that are unused; a ticket lives {Evidence.Span(settings.Life)}.");
        if (TicketPayload.Parse(json) is not { } payload)
            return TokenResult.Refuse(EndReasons.TicketInvalid, "What is stored for it cannot be read; another version may have written it.");

        // The store may keep it a little longer; this clock is the one that told the client.
        if (payload.ExpiresAt <= time.GetUtcNow())
            return TokenResult.Refuse(EndReasons.TicketInvalid, $"It expired at {Evidence.Instant(payload.ExpiresAt)}.");
        return Misuse(payload, routeName, origin) is { } misuse
            ? TokenResult.Refuse(EndReasons.TicketMisused, misuse)
            : TokenResult.Accept(payload.Identity);
    }

    private static string? Misuse(TicketPayload payload, string? routeName, string? origin)
    {
        if (payload.Route is { } route && route != routeName)
            return $"It is for route {Evidence.Quote(route)}, and this is {(routeName is null ? "none" : $"route {Evidence.Quote(routeName)}")}.";
        if (payload.Origin is { } page && !page.Equals(origin, StringComparison.OrdinalIgnoreCase))
            return $"It was issued to a page of {Evidence.Quote(page)}, and this request is from {(origin is null ? "no page" : Evidence.Quote(origin))}.";
        return null;
    }

    private static string Hash(string ticket) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(ticket)));
}
