namespace Bascule.Settings.Tests;

/// <summary>Names of topics and patterns of them.</summary>
public sealed class TopicTextTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("Prices.gold:EUR/oz@v2+live~x-1_y")]
    public void Names_are_taken(string name)
    {
        Assert.Null(TopicText.Fault(name));
        Assert.Null(TopicText.PatternFault(name));
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("a b", "holds a character that no topic can have")]
    [InlineData("ä", "holds a character that no topic can have")]
    [InlineData("a\n", "holds a character that no topic can have")]
    [InlineData("a*", "has a *, as only patterns do")]
    public void What_is_no_name_is_told_why(string name, string fault) => Assert.Equal(fault, TopicText.Fault(name));

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("*a", "has a * that is not its last character")]
    [InlineData("a**", "has a * that is not its last character")]
    [InlineData("a b*", "holds a character that no topic can have")]
    public void What_is_no_pattern_is_told_why(string pattern, string fault) => Assert.Equal(fault, TopicText.PatternFault(pattern));

    [Fact]
    public void Names_and_patterns_have_a_longest_size()
    {
        var longest = new string('a', TopicText.Longest);

        Assert.Null(TopicText.Fault(longest));
        Assert.Equal("has more than 200 characters", TopicText.Fault(longest + "a"));
        Assert.Null(TopicText.PatternFault(longest + "*"));
        Assert.Equal("has more than 200 characters", TopicText.PatternFault(longest + "a*"));
    }

    [Theory]
    [InlineData("*", "a", true)]
    [InlineData("a.*", "a.b", true)]
    [InlineData("a.*", "a.", true)]
    [InlineData("a.*", "a", false)]
    [InlineData("a", "a", true)]
    [InlineData("a", "A", false)]
    [InlineData("a", "ab", false)]
    public void A_pattern_takes_what_begins_so(string pattern, string topic, bool takes) => Assert.Equal(takes, TopicText.Takes(pattern, topic));
}
