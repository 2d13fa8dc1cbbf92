namespace Bascule.Settings.Tests;

/// <summary>Which paths a pattern takes.</summary>
public sealed class PathPatternTests
{
    [Theory]
    [InlineData("/ws", "/ws", true)]
    [InlineData("/ws", "/ws/", false)]
    [InlineData("/ws", "/WS", false)]
    [InlineData("/ws", "/wsx", false)]
    [InlineData("/", "/", true)]
    [InlineData("/", "/ws", false)]
    [InlineData("/*", "/", true)]
    [InlineData("/*", "/anything/at/all", true)]
    [InlineData("/api/*", "/api/", true)]
    [InlineData("/api/*", "/api/v1/things", true)]
    [InlineData("/api/*", "/api", false)]
    [InlineData("/api*", "/apix/y", true)]
    [InlineData("/ws/session/{id}/", "/ws/session/42/", true)]
    [InlineData("/ws/session/{id}/", "/ws/session/42", false)]
    [InlineData("/ws/session/{id}/", "/ws/session//", false)]
    [InlineData("/ws/session/{id}/", "/ws/session/4/2/", false)]
    [InlineData("/{tenant}/ws", "/acme/ws", true)]
    [InlineData("/{tenant}/*", "/acme/files/1", true)]
    [InlineData("/{tenant}/*", "/acme", false)]
    [InlineData("/a%20b", "/a%20b", true)]
    public void A_pattern_takes_what_it_says_segment_by_segment(string pattern, string path, bool taken) => Assert.Equal(taken, new PathPattern(pattern).Matches(path));

    [Theory]
    [InlineData("/ws", true)]
    [InlineData("/ws/*", false)]
    [InlineData("/ws/{id}", false)]
    public void Exact_is_what_has_neither_parameter_nor_star(string pattern, bool exact) => Assert.Equal(exact, new PathPattern(pattern).IsExact);

    [Fact]
    public void The_more_specific_pattern_comes_first()
    {
        string[] expected = ["/api/v1/ws", "/api/v1/{id}", "/api/v1/*", "/api/{version}/ws", "/api/*", "/{tenant}/ws", "/*"];

        var sorted = expected.Reverse().Select(text => new PathPattern(text)).OrderBy(p => p, PathPattern.BySpecificity).Select(p => p.Text);

        Assert.Equal(expected, sorted);
    }
}
