using Bascule.Model;
using Bascule.Settings;
using Bascule.Testing;
using static Bascule.Admission.Tests.TestHeads;

namespace Bascule.Admission.Tests;

/// <summary>A ticket from its issue to its use.</summary>
public sealed class TicketsTests
{
    private readonly ManualTime _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly RememberingStore _store;
    private readonly Tickets _tickets;

    public TicketsTests()
    {
        _store = new RememberingStore(new MemoryTicketStore(100, _time));
        _tickets = new Tickets(_store, new TicketSettings(), _time);
    }

    [Fact]
    public async Task The_identity_comes_back_whole()
    {
        var identity = new Identity("alice", "https://joe", "7", ["admin", "öps"], "gold", _time.GetUtcNow().AddHours(1), _time.GetUtcNow().AddTicks(5), "session")
        {
            Read = ["prices.*", "news"],
            Write = [],
        };

        var ticket = await IssueAsync(identity, "chat", "https://app.example");
        var result = await RedeemAsync(ticket!.Text, "chat", "https://app.example");

        Assert.Equivalent(identity, result.Identity, strict: true);
        Assert.Equal(identity with { Roles = [], Read = null, Write = null }, result.Identity! with { Roles = [], Read = null, Write = null });
        Assert.Equal(_time.GetUtcNow().AddSeconds(30), ticket.ExpiresAt);
    }

    [Fact]
    public async Task A_ticket_has_192_random_bits_fits_into_a_subprotocol_and_is_never_stored_or_printed()
    {
        var one = (await IssueAsync(User()))!;
        var other = (await IssueAsync(User()))!;

        Assert.Matches("^[A-Za-z0-9_-]{32}$", one.Text);
        Assert.NotEqual(one.Text, other.Text);
        Assert.DoesNotContain(_store.Seen, s => s.Contains(one.Text, StringComparison.Ordinal));
        Assert.Equal("ticket until 2026-03-01T12:00:30Z", one.ToString());
    }

    [Fact]
    public async Task A_ticket_works_once()
    {
        var ticket = (await IssueAsync(User()))!;

        Assert.True((await RedeemAsync(ticket.Text)).Accepted);
        Assert.Equal(
            new Ending(EndReasons.TicketInvalid, "It is not among those that are unused; a ticket lives 30 s."),
            (await RedeemAsync(ticket.Text)).Refusal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task What_is_no_ticket_is_told_so_without_asking_the_store(string text)
    {
        var refusal = (await RedeemAsync(text)).Refusal;

        Assert.Equal(new Ending(EndReasons.TicketInvalid, $"It has {text.Length} characters; a ticket has 32 of base64url."), refusal);
        Assert.Empty(_store.Seen);
    }

    [Fact]
    public async Task A_ticket_never_outlives_its_token()
    {
        var ticket = (await IssueAsync(User() with { ExpiresAt = _time.GetUtcNow().AddSeconds(5) }))!;
        Assert.Equal(_time.GetUtcNow().AddSeconds(5), ticket.ExpiresAt);

        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(EndReasons.TicketInvalid, (await RedeemAsync(ticket.Text)).Refusal.Reason);
        Assert.Null(await IssueAsync(User() with { ExpiresAt = _time.GetUtcNow() }));
    }

    [Fact]
    public async Task A_store_that_keeps_too_long_does_not_lengthen_the_life_of_a_ticket()
    {
        _store.KeepsForEver = true;
        var ticket = (await IssueAsync(User()))!;

        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(new Ending(EndReasons.TicketInvalid, "It expired at 2026-03-01T12:00:30Z."), (await RedeemAsync(ticket.Text)).Refusal);
    }

    [Theory]
    [InlineData("chat", null, "game", null, "It is for route `chat`, and this is route `game`.")]
    [InlineData("chat", null, null, null, "It is for route `chat`, and this is none.")]
    [InlineData(null, "https://a", "game", "https://b", "It was issued to a page of `https://a`, and this request is from `https://b`.")]
    [InlineData(null, "https://a", "game", null, "It was issued to a page of `https://a`, and this request is from no page.")]
    public async Task A_ticket_for_something_else_is_refused_and_used_up(string? route, string? origin, string? usedRoute, string? usedOrigin, string detail)
    {
        var ticket = (await IssueAsync(User(), route, origin))!;

        Assert.Equal(new Ending(EndReasons.TicketMisused, detail), (await RedeemAsync(ticket.Text, usedRoute, usedOrigin)).Refusal);
        Assert.Equal(EndReasons.TicketInvalid, (await RedeemAsync(ticket.Text, route, origin)).Refusal.Reason);
    }

    [Fact]
    public async Task A_ticket_for_anything_opens_any_route_from_anywhere() =>
        Assert.True((await RedeemAsync((await IssueAsync(User()))!.Text, "game", "https://b")).Accepted);

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"identity":null,"route":null,"origin":null,"expiresAt":"2030-01-01T00:00:00Z"}""")]
    [InlineData("""{"identity":{"subject":null},"route":null,"origin":null,"expiresAt":"2030-01-01T00:00:00Z"}""")]
    public async Task What_another_version_stored_is_no_identity(string payload)
    {
        var ticket = (await IssueAsync(User()))!;
        _store.Answer = payload;

        Assert.Contains("cannot be read", (await RedeemAsync(ticket.Text)).Refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_ticket_is_found_in_the_subprotocols_and_then_in_the_query()
    {
        Assert.Equal(
            new FoundToken("t", TokenPlace.Subprotocol, "ticket.t", 1),
            TicketSource.Find(Head("?ticket=q", ("Sec-WebSocket-Protocol", "chat, ticket.t"))));
        Assert.Equal(new FoundToken("q", TokenPlace.Query), TicketSource.Find(Head("?token=x&ticket=q", ("Sec-WebSocket-Protocol", "ticket., bearer.x"))));
        Assert.Null(TicketSource.Find(Head("?token=x&ticket=", ("Authorization", "Bearer x"))));
    }

    private ValueTask<IssuedTicket?> IssueAsync(Identity identity, string? route = null, string? origin = null) =>
        _tickets.IssueAsync(identity, route, origin, CancellationToken.None);

    private ValueTask<TokenResult> RedeemAsync(string ticket, string? route = null, string? origin = null) =>
        _tickets.RedeemAsync(ticket, route, origin, CancellationToken.None);

    /// <summary>A store whose far side can misbehave, and which remembers what it was given.</summary>
    private sealed class RememberingStore(MemoryTicketStore store) : ITicketStore
    {
        internal List<string> Seen { get; } = [];

        internal bool KeepsForEver { get; set; }

        internal string? Answer { get; set; }

        public ValueTask PutAsync(string hash, string payload, string owner, TimeSpan life, CancellationToken cancellation)
        {
            Seen.AddRange([hash, payload, owner]);
            return store.PutAsync(hash, payload, owner, KeepsForEver ? TimeSpan.FromDays(1) : life, cancellation);
        }

        public async ValueTask<string?> TakeAsync(string hash, CancellationToken cancellation)
        {
            Seen.Add(hash);
            return Answer ?? await store.TakeAsync(hash, cancellation);
        }
    }
}
