namespace Bascule.Cli.Tests;

/// <summary>Amounts as a command line has them.</summary>
public sealed class AmountTextTests
{
    [Theory]
    [InlineData("1", 1)]
    [InlineData("10k", 10_000)]
    [InlineData("1.5k", 1_500)]
    [InlineData("2M", 2_000_000)]
    [InlineData("0", 0)]
    public void A_count_may_be_in_thousands_and_millions(string text, int expected)
    {
        Assert.True(AmountText.TryCount(text, out var count));
        Assert.Equal(expected, count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("k")]
    [InlineData("1.5")]
    [InlineData("0.0001k")]
    [InlineData("-3")]
    [InlineData("10K")]
    [InlineData("3000M")]
    [InlineData("1e3")]
    [InlineData("79228162514264337593543950335k")]
    public void What_is_no_whole_number_is_no_count(string text) => Assert.False(AmountText.TryCount(text, out _));

    [Theory]
    [InlineData("100/s", 100)]
    [InlineData("100", 100)]
    [InlineData("0.1/s", 0.1)]
    [InlineData("30/m", 0.5)]
    [InlineData("7200/h", 2)]
    [InlineData("2k/s", 2_000)]
    public void A_rate_is_a_number_for_a_second_a_minute_or_an_hour(string text, double expected)
    {
        Assert.True(AmountText.TryRate(text, out var perSecond));
        Assert.Equal(expected, perSecond, precision: 9);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0/s")]
    [InlineData("-1/s")]
    [InlineData("10/d")]
    [InlineData("10/")]
    [InlineData("/s")]
    [InlineData("2kk/s")]
    [InlineData("fast")]
    [InlineData("NaN")]
    public void What_is_no_rate_above_nothing_is_refused(string text) => Assert.False(AmountText.TryRate(text, out _));

    [Theory]
    [InlineData("128", 128)]
    [InlineData("16KiB", 16_384)]
    [InlineData("16MiB", 16 << 20)]
    public void A_size_is_in_bytes_or_in_binary_units(string text, int expected)
    {
        Assert.True(AmountText.TrySize(text, out var bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1.5KiB")]
    [InlineData("-1")]
    [InlineData("1KB")]
    [InlineData("4096MiB")]
    [InlineData("9223372036854775807KiB")]
    public void Other_sizes_are_refused(string text) => Assert.False(AmountText.TrySize(text, out _));

    [Theory]
    [InlineData("250ms", 250)]
    [InlineData("1m30s", 90_000)]
    [InlineData("2.5s", 2_500)]
    [InlineData("0s", 0)]
    public void A_time_has_a_unit_and_may_have_a_fraction(string text, double milliseconds)
    {
        Assert.True(AmountText.TryDuration(text, out var duration));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), duration);
    }

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("1e9s")]
    [InlineData("3000000.5s")]
    [InlineData("NaNs")]
    public void Other_times_are_refused(string text) => Assert.False(AmountText.TryDuration(text, out _));

    [Theory]
    [InlineData("2", 2)]
    [InlineData("0.5", 0.5)]
    [InlineData("1m", 60)]
    public void A_time_is_seconds_or_has_a_unit(string text, double seconds)
    {
        Assert.True(AmountText.TryTime(text, TimeSpan.FromMinutes(1), out var time));
        Assert.Equal(seconds, time.TotalSeconds);
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("0")]
    [InlineData("61")]
    [InlineData("2m")]
    [InlineData("soon")]
    public void A_time_that_is_none_or_too_long_is_refused(string text) => Assert.False(AmountText.TryTime(text, TimeSpan.FromMinutes(1), out _));
}
