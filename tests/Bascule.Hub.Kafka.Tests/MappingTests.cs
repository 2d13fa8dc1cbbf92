using System.Text;
using Bascule.Settings;
using FsCheck;
using FsCheck.Fluent;

namespace Bascule.Hub.Kafka.Tests;

/// <summary>From records to topics of the hub and back.</summary>
public sealed class MappingTests
{
    [Theory]
    [InlineData("{topic}", "prices")]
    [InlineData("all", "all")]
    [InlineData("{topic}.{key}", "prices.*")]
    [InlineData("{key}", "*")]
    [InlineData("a/{key}/b", "a/*")]
    public void A_mapping_tells_what_it_may_feed(string to, string feeds) => Assert.Equal(feeds, Map(to).Feeds);

    [Theory]
    [InlineData("{topic}", null, "prices")]
    [InlineData("{topic}", "eur", "prices")]
    [InlineData("p.{key}", "eur", "p.eur")]
    [InlineData("p.{key}.q", "a:b/c@d+e~f-g_h", "p.a:b/c@d+e~f-g_h.q")]
    [InlineData("p.{key}", null, null)]
    [InlineData("p.{key}", "", null)]
    [InlineData("p.{key}", "ü", null)]
    [InlineData("p.{key}", "a*", null)]
    public void A_record_goes_to_its_topic_or_nowhere(string to, string? key, string? topic)
    {
        var goes = Map(to).TryName(key is null ? null : Encoding.UTF8.GetBytes(key), out var name, out var text);

        Assert.Equal(topic is not null, goes);
        if (goes)
            Assert.Equal((topic, key), (name, text));
    }

    [Fact]
    public void A_name_that_is_too_long_for_the_hub_is_none()
    {
        Assert.True(Map("p.{key}").TryName(new byte[198].Select(_ => (byte)'x').ToArray(), out _, out _));
        Assert.False(Map("p.{key}").TryName(new byte[199].Select(_ => (byte)'x').ToArray(), out _, out _));
    }

    [Fact]
    public void Whatever_the_key_a_name_leads_back_to_it()
    {
        var mapping = Map("p.{key}.q");
        Prop.ForAll<string>(key =>
        {
            var bytes = Encoding.UTF8.GetBytes(key ?? "");
            return !mapping.TryName(bytes, out var name, out var text) || (mapping.TryKey(name, out var back) && back == text);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("p.{key}", "p.eur", true, "eur")]
    [InlineData("p.{key}", "p.", false, null)]
    [InlineData("p.{key}", "q.eur", false, null)]
    [InlineData("p.{key}.q", "p.eur", false, null)]
    [InlineData("p.{key}.p", "p.p", false, null)]
    [InlineData("{topic}", "prices", true, null)]
    [InlineData("{topic}", "prices.eur", false, null)]
    public void A_topic_of_the_hub_leads_back_to_its_key(string to, string topic, bool fits, string? key)
    {
        Assert.Equal(fits, Map(to).TryKey(topic, out var found));
        Assert.Equal(key, found);
    }

    private static TopicMapping Map(string to) => new(new KafkaTopicSettings { Name = "prices", To = to });
}
