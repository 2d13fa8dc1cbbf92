namespace Bascule.Cluster.Tests;

/// <summary>Keys and texts that come partly from clients.</summary>
public sealed class CountKeyTests
{
    [Fact]
    public void A_plain_name_stays_readable()
    {
        Assert.Equal("user:ann@example.org", CountKey.Of("user", "ann@example.org"));
        Assert.Equal("user:chat:ann", CountKey.Of("user", "chat", "ann"));
        Assert.Equal("slot:kb:10.0.0.1:80", CountKey.OfSlot("kb", "10.0.0.1:80"));
    }

    [Theory]
    [InlineData("with space")]
    [InlineData("with:colon")]
    [InlineData("#looks-like-a-hash")]
    [InlineData("null\0")]
    [InlineData("half \ud800")]
    [InlineData("Žofie")]
    public void A_name_that_could_trip_a_store_is_hashed(string name)
    {
        var key = CountKey.Of("user", name);

        Assert.Matches("^user:#[0-9a-f]{64}$", key);
        Assert.Equal(key, CountKey.Of("user", name));
        Assert.NotEqual(key, CountKey.Of("user", name + "x"));
    }

    [Fact]
    public void No_key_grows_with_the_name_and_no_two_names_share_one()
    {
        var longNames = Enumerable.Range(0, 10).Select(i => CountKey.Of("user", new string('x', 100_000 + i), new string('y', 1000))).ToList();

        Assert.All(longNames, key => Assert.True(key.Length <= CountKey.MaxLength));
        Assert.Equal(10, longNames.Distinct().Count());
        Assert.NotEqual(CountKey.Of("user", "a", "b:c"), CountKey.Of("user", "a:b", "c"));
        Assert.NotEqual(CountKey.Of("user", "\ud800"), CountKey.Of("user", "\udc00"));
    }

    [Fact]
    public void Text_for_the_directory_is_cut_and_cleaned()
    {
        Assert.Null(DirectoryText.Of(null));
        Assert.Equal("Žofie 'x'", DirectoryText.Of("Žofie 'x'"));
        Assert.Equal("a\uFFFDb\uFFFD", DirectoryText.Of("a\0b\ud800"));
        Assert.Equal(DirectoryText.MaxLength, DirectoryText.Of(new string('x', 5000))!.Length);
        Assert.Equal("a\uFFFD", new OpenConnection("1", DateTimeOffset.UnixEpoch) { User = "a\n" }.User);
        Assert.Equal(new OpenConnection("1", DateTimeOffset.UnixEpoch) { User = "a\n" }.User, new DirectoryFilter { User = "a\n" }.User);
    }

    [Fact]
    public void Each_process_has_epochs_of_its_own()
    {
        var first = Epoch.First();

        Assert.NotEqual(first.Process, Epoch.First().Process);
        Assert.Equal((first.Process, 2, $"{first.Process}.2"), (first.Next().Process, first.Next().Number, first.Next().ToString()));
    }
}
