using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Hub.Tests;

/// <summary>What topics and patterns may be called, and which fits which.</summary>
public sealed class TopicNameTests
{
    [Theory]
    [InlineData("prices.eur", true)]
    [InlineData("A-z0.9_:/@+~-", true)]
    [InlineData("", false)]
    [InlineData("prices.*", false)]
    [InlineData("a b", false)]
    [InlineData("ä", false)]
    [InlineData("a\n", false)]
    public void A_name_has_only_the_characters_that_need_no_quotes(string name, bool isValid) => Assert.Equal(isValid, TopicName.IsValid(name));

    [Fact]
    public void A_name_has_200_characters_at_most()
    {
        Assert.True(TopicName.IsValid(new string('a', 200)));
        Assert.False(TopicName.IsValid(new string('a', 201)));
        Assert.True(TopicPattern.IsValid(new string('a', 200) + "*"));
    }

    [Theory]
    [InlineData("*", true)]
    [InlineData("prices.*", true)]
    [InlineData("prices.eur", true)]
    [InlineData("**", false)]
    [InlineData("*.eur", false)]
    [InlineData("a*b", false)]
    public void A_pattern_has_one_star_at_its_end(string pattern, bool isValid) => Assert.Equal(isValid, TopicPattern.IsValid(pattern));

    [Theory]
    [InlineData("*", "x", true)]
    [InlineData("prices.*", "prices.eur", true)]
    [InlineData("prices.*", "prices.", true)]
    [InlineData("prices.*", "price", false)]
    [InlineData("prices", "prices", true)]
    [InlineData("prices", "prices.eur", false)]
    public void A_topic_fits_a_pattern_by_its_beginning(string pattern, string topic, bool fits) => Assert.Equal(fits, TopicPattern.Fits(pattern, topic));

    [Theory]
    [InlineData("a.*", "a.b.*", true)]
    [InlineData("a.b.*", "a.*", false)]
    [InlineData("a.*", "a.b", true)]
    [InlineData("a.b", "a.*", false)]
    public void A_pattern_covers_what_is_narrower(string outer, string inner, bool covers)
    {
        Assert.Equal(covers, TopicPattern.Covers(outer, inner));
        Assert.True(TopicPattern.Overlap(outer, inner));
        Assert.True(TopicPattern.Overlap(inner, outer));
        Assert.False(TopicPattern.Overlap(outer, "b.*"));
    }

    [Fact]
    public async Task The_rules_of_the_longest_pattern_hold()
    {
        var settings = new HubSettings
        {
            Topics = new Dictionary<string, TopicSettings>(StringComparer.Ordinal)
            {
                ["*"] = new() { HistoryMessages = 4 },
                ["prices.*"] = new() { HistoryMessages = 3 },
                ["prices.eur.*"] = new() { HistoryMessages = 2 },
                ["prices.eur.now"] = new() { HistoryMessages = 1 },
            },
        };
        await using var hub = Hubs.Of(new ManualTime(), settings).WithLog(feeds: "*");
        var offset = 0;
        foreach (var topic in (string[])["other", "prices.usd", "prices.eur.old", "prices.eur.now"])
        {
            for (var count = 0; count < 5; count++)
                hub.Give(Hubs.Message(offset++, topic: topic));
        }

        Assert.Equal([("other", 4), ("prices.eur.now", 1), ("prices.eur.old", 2), ("prices.usd", 3)], hub.Topics().Select(t => (t.Name, (int)t.Messages)).Order());
    }
}
