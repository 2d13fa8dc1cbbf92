namespace Bascule.Protocol.Tests;

/// <summary>The grammar of RFC 6455 §9.1.</summary>
public sealed class ExtensionListTests
{
    [Theory]
    [InlineData("foo", "foo")]
    [InlineData("foo;bar; baz=2", "foo[bar,baz=2]")]
    [InlineData(" foo ; bar = 2 , qux ", "foo[bar=2] qux")]
    [InlineData("deflate-stream", "deflate-stream")]
    [InlineData("mux; max-channels=4; flow-control, deflate-stream", "mux[max-channels=4,flow-control] deflate-stream")]
    [InlineData("foo; a=\"b\"; c=\"d\\e\"", "foo[a=b,c=de]")]
    [InlineData("foo,, ,bar,", "foo bar")]
    [InlineData("foo; a; a=1", "foo[a,a=1]")]
    public void A_list_is_read(string text, string expected)
    {
        Assert.True(ExtensionList.TryParse(text, out var list));
        Assert.Equal(expected, string.Join(' ', list.Select(Written)));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(",")]
    [InlineData(";")]
    [InlineData("foo;")]
    [InlineData("foo;;bar")]
    [InlineData("foo; =1")]
    [InlineData("foo; bar=")]
    [InlineData("foo; bar=,baz")]
    [InlineData("foo bar")]
    [InlineData("foo=1")]
    [InlineData("foo; bar=1 2")]
    [InlineData("foo; bar=\"")]
    [InlineData("foo; bar=\"a")]
    [InlineData("foo; bar=\"a\\")]
    [InlineData("foo; bar=\"\"")]
    [InlineData("foo; bar=\"a b\"")]
    [InlineData("foo; bar=\"a\"b")]
    [InlineData("f(o)o")]
    [InlineData("\"foo\"")]
    [InlineData("foo, b\u00E4r")]
    public void What_the_grammar_forbids_is_refused(string text)
    {
        Assert.False(ExtensionList.TryParse(text, out var list));
        Assert.Empty(list);
    }

    private static string Written(ExtensionOffer extension) => extension.Parameters.Count == 0
        ? extension.Name
        : $"{extension.Name}[{string.Join(',', extension.Parameters.Select(p => p.Value is null ? p.Key : $"{p.Key}={p.Value}"))}]";
}
