using Bascule.Model;
using Bascule.Testing;
using static Bascule.Admission.Tests.TestHeads;

namespace Bascule.Admission.Tests;

/// <summary>Tokens that are not believed any more.</summary>
public sealed class RevocationTests
{
    private readonly ManualTime _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly RevocationList _list;

    public RevocationTests() => _list = new RevocationList(_time);

    private Identity Alice => User() with { IssuedAt = _time.GetUtcNow().AddMinutes(-5), SessionId = "s1" };

    [Theory]
    [InlineData(RevocationKind.Token, "id", null, "Token `id` was revoked at 2026-03-01T12:00:00Z.")]
    [InlineData(RevocationKind.Token, "id", "joe", "Token `id` was revoked at 2026-03-01T12:00:00Z.")]
    [InlineData(RevocationKind.Token, "other", null, null)]
    [InlineData(RevocationKind.Token, "id", "jim", null)]
    [InlineData(RevocationKind.Subject, "alice", null, "All that was issued to `alice` up to 2026-03-01T12:00:00Z is revoked; this token was issued at 2026-03-01T11:55:00Z.")]
    [InlineData(RevocationKind.Subject, "alice", "jim", null)]
    [InlineData(RevocationKind.Subject, "Alice", null, null)]
    [InlineData(RevocationKind.Session, "s1", null, "Session `s1` was revoked at 2026-03-01T12:00:00Z.")]
    [InlineData(RevocationKind.Session, "s2", null, null)]
    public void What_is_revoked_is_refused_and_nothing_else(RevocationKind kind, string value, string? issuer, string? detail)
    {
        var revocation = Revoke(kind, value, issuer);

        Assert.Equal(detail is null ? null : new Ending(EndReasons.RevokedToken, detail), _list.Check(Alice));
        Assert.Equal(detail is not null, revocation.Matches(Alice));
    }

    [Fact]
    public void A_token_that_says_nothing_of_itself_is_revoked_by_its_subject_only()
    {
        var bare = new Identity("alice", null, null, [], null, null);
        Revoke(RevocationKind.Token, "id");
        Revoke(RevocationKind.Session, "s1");
        Assert.Null(_list.Check(bare));

        Revoke(RevocationKind.Subject, "alice");

        Assert.EndsWith("does not say when it was issued (`iat`).", _list.Check(bare)!.Value.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void What_a_subject_gets_after_the_revocation_is_good(int seconds, bool revoked)
    {
        Revoke(RevocationKind.Subject, "alice");

        Assert.Equal(revoked, _list.Check(Alice with { IssuedAt = _time.GetUtcNow().AddSeconds(seconds) }) is not null);
    }

    [Fact]
    public void A_revocation_ends_after_a_day_or_when_it_says()
    {
        Revoke(RevocationKind.Token, "id");
        Revoke(RevocationKind.Session, "s1", until: _time.GetUtcNow().AddHours(30));
        Assert.Equal(2, _list.All.Count);

        _time.Advance(TimeSpan.FromHours(24));

        Assert.Contains("Session", _list.Check(Alice)!.Value.Detail, StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromHours(6));
        Assert.Null(_list.Check(Alice));
        Assert.Empty(_list.All);
    }

    [Fact]
    public void Of_two_about_the_same_the_wider_counts_whichever_came_first()
    {
        var early = _list.Make(RevocationKind.Subject, "alice", until: _time.GetUtcNow().AddDays(7));
        _time.Advance(TimeSpan.FromMinutes(10));
        Revoke(RevocationKind.Subject, "alice");

        Assert.True(_list.TryAdd(early, out _));

        Assert.Equal(early with { RevokedAt = _time.GetUtcNow() }, Assert.Single(_list.All));
        Assert.NotNull(_list.Check(Alice));
    }

    [Fact]
    public void A_revocation_that_is_over_is_refused_with_its_end()
    {
        Assert.False(_list.TryAdd(_list.Make(RevocationKind.Token, "id", until: _time.GetUtcNow()), out var fault));
        Assert.Equal("The revocation ended at 2026-03-01T12:00:00Z, which is over.", fault);
    }

    [Fact]
    public void A_full_list_says_so_until_one_has_ended()
    {
        Revoke(RevocationKind.Token, "first", until: _time.GetUtcNow().AddHours(1));
        for (var i = 1; i < RevocationList.Capacity; i++)
            Revoke(RevocationKind.Token, $"{i}");

        Assert.False(_list.TryAdd(_list.Make(RevocationKind.Token, "id"), out var fault));
        Assert.Equal(
            "100000 revocations hold already, which is the most; the first of them ends at 2026-03-01T13:00:00Z. To revoke more at once, change the key of the issuer.",
            fault);
        Assert.True(_list.TryAdd(_list.Make(RevocationKind.Token, "first"), out _));
        Assert.Null(_list.Check(Alice));

        _time.Advance(RevocationList.DefaultLife);
        Revoke(RevocationKind.Token, "id");
        Assert.NotNull(_list.Check(Alice));
        Assert.Single(_list.All);
    }

    [Theory]
    [InlineData(RevocationKind.Token, "joe")]
    [InlineData(RevocationKind.Subject, null)]
    [InlineData(RevocationKind.Session, "zoë")]
    public void A_revocation_travels_to_other_gateways_as_json(RevocationKind kind, string? issuer)
    {
        var revocation = _list.Make(kind, "\"x\"", issuer);

        Assert.Equal(revocation, Revocation.Parse(revocation.ToJson()));
        Assert.Contains($"\"{kind}\"", revocation.ToJson(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"kind":"Token","value":null,"issuer":null,"revokedAt":"2026-03-01T12:00:00Z","until":"2026-03-01T12:00:00Z"}""")]
    [InlineData("""{"kind":7,"value":"x","issuer":null,"revokedAt":"2026-03-01T12:00:00Z","until":"2026-03-01T12:00:00Z"}""")]
    [InlineData("""{"kind":"Planet","value":"x","issuer":null,"revokedAt":"2026-03-01T12:00:00Z","until":"2026-03-01T12:00:00Z"}""")]
    [InlineData("""{"kind":"Token","value":"x","issuer":null,"revokedAt":"soon","until":"2026-03-01T12:00:00Z"}""")]
    public void What_is_no_revocation_is_not_taken_for_one(string json) => Assert.Null(Revocation.Parse(json));

    [Fact]
    public async Task Time_of_issue_and_session_are_read_from_the_token()
    {
        var token = TestTokens.Issue(_time, ("iat", 1772366400), ("sid", "s1"));

        var identity = (await TestTokens.CheckAsync(TestTokens.WithSecret, token, _time)).Identity!;

        Assert.Equal((_time.GetUtcNow(), "s1"), (identity.IssuedAt, identity.SessionId));
    }

    private Revocation Revoke(RevocationKind kind, string value, string? issuer = null, DateTimeOffset? until = null)
    {
        var revocation = _list.Make(kind, value, issuer, until);
        Assert.True(_list.TryAdd(revocation, out var fault), fault);
        return revocation;
    }
}
