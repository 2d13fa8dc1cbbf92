using Bascule.Model;

namespace Bascule.Admission.Tests;

/// <summary>Where a token is looked for.</summary>
public sealed class TokenSourceTests
{
    [Fact]
    public void The_authorization_header_comes_first_then_the_subprotocol_then_the_query()
    {
        var all = Head("?token=q", ("Authorization", "Bearer a"), ("Sec-WebSocket-Protocol", "bearer.s"));
        var two = Head("?token=q", ("Sec-WebSocket-Protocol", "bearer.s"));
        var one = Head("?token=q");

        Assert.Equal(new FoundToken("a", TokenPlace.AuthorizationHeader), TokenSource.Find(all));
        Assert.Equal(new FoundToken("s", TokenPlace.Subprotocol, "bearer.s", 0), TokenSource.Find(two));
        Assert.Equal(new FoundToken("q", TokenPlace.Query), TokenSource.Find(one));
    }

    [Theory]
    [InlineData("Bearer abc")]
    [InlineData("bearer   abc")]
    [InlineData("BEARER abc ")]
    public void The_scheme_is_read_without_case_and_spaces_do_not_count(string value) =>
        Assert.Equal("abc", TokenSource.Find(Head("", ("authorization", value)))!.Token);

    [Theory]
    [InlineData("Basic YWxpY2U6eA==")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Bearerabc")]
    public void Another_scheme_or_an_empty_one_leaves_the_other_places_their_turn(string value) =>
        Assert.Equal(TokenPlace.Query, TokenSource.Find(Head("?token=q", ("Authorization", value)))!.Place);

    [Fact]
    public void A_subprotocol_is_found_with_its_place_in_a_list_over_several_fields()
    {
        var head = Head("", ("Sec-WebSocket-Protocol", "chat, superchat"), ("Sec-WebSocket-Protocol", "bearer.a.b.c ,x"));

        Assert.Equal(new FoundToken("a.b.c", TokenPlace.Subprotocol, "bearer.a.b.c", 2), TokenSource.Find(head));
    }

    [Theory]
    [InlineData("")]
    [InlineData("?token=")]
    [InlineData("?Token=x&access=y")]
    public void Without_a_token_nothing_is_found(string query) =>
        Assert.Null(TokenSource.Find(Head(query, ("Sec-WebSocket-Protocol", "bearer., bearer"))));

    [Fact]
    public void A_query_parameter_is_decoded() => Assert.Equal("a.b", TokenSource.Find(Head("?x=1&token=a%2Eb"))!.Token);

    [Fact]
    public void What_was_found_does_not_print_the_token() =>
        Assert.DoesNotContain("hush", TokenSource.Find(Head("?token=hush"))!.ToString(), StringComparison.Ordinal);

    private static RequestHead Head(string query, params (string Name, string Value)[] fields)
    {
        var headers = new HeaderList();
        foreach (var (name, value) in fields)
            headers.Add(name, value);
        return new RequestHead { Kind = HttpKind.Http11, Method = "GET", Scheme = "http", Host = "h", Path = "/", Query = query, Headers = headers };
    }
}
