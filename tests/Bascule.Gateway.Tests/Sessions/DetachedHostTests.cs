namespace Bascule.Gateway.Tests;

/// <summary>What a session host said before it ended, by its log.</summary>
public sealed class DetachedHostTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    private string Log => Path.Combine(_folder.FullName, "host.log");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("one\ntwo\n", "two")]
    [InlineData("Unhandled exception. Why\n   at Here()\n   at There()\n\n", "Unhandled exception. Why")]
    public void The_last_line_that_began_with_this_start_is_told(string said, string told)
    {
        const string Before = "of another start\n";
        File.WriteAllText(Log, Before + said);

        Assert.Equal(told, DetachedHost.LastWords(Log, Before.Length));
    }

    [Fact]
    public void Who_said_nothing_is_not_given_the_words_of_another()
    {
        const string Before = "of another start\n";
        File.WriteAllText(Log, Before);

        Assert.Equal($"it said nothing in {Log}", DetachedHost.LastWords(Log, Before.Length));
    }

    [Fact]
    public void Of_an_endless_line_there_is_a_bounded_part()
    {
        File.WriteAllText(Log, new string('x', 100_000));

        Assert.InRange(DetachedHost.LastWords(Log, 0).Length, 1000, 5000);
    }

    [Fact]
    public void A_log_that_cannot_be_read_is_said()
    {
        Assert.StartsWith("what it said cannot be read: Could not find file", DetachedHost.LastWords(Log, 0), StringComparison.Ordinal);
        Assert.StartsWith("what it said cannot be read: Access to the path", DetachedHost.LastWords(_folder.FullName, 0), StringComparison.Ordinal);
    }
}
