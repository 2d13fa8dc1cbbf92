using Bascule.Settings;

namespace Bascule.Admission.Tests;

/// <summary>How rates are written.</summary>
public sealed class RateTests
{
    [Theory]
    [InlineData("20/s", null, "20/s")]
    [InlineData("600/m", 30, "600/m, 30 at once")]
    [InlineData("1000/h", 1000, "1000/h")]
    [InlineData("1000000/s", 1, "1000000/s, 1 at once")]
    public void A_rate_is_read_and_written(string text, int? burst, string written)
    {
        Assert.True(Rate.TryParse(text, burst, out var rate));
        Assert.Equal(written, rate.ToString());
        Assert.Equal(rate, Rate.Of(new RateSettings { Rate = text, Burst = burst }));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/s")]
    [InlineData("20")]
    [InlineData("20/")]
    [InlineData("0/s")]
    [InlineData("-1/s")]
    [InlineData("1.5/s")]
    [InlineData("1000001/s")]
    [InlineData("99999999999/s")]
    [InlineData("20/d")]
    [InlineData("20/S")]
    [InlineData("20 /s")]
    [InlineData("20/s/s")]
    public void Anything_else_is_refused(string text)
    {
        Assert.False(RateText.TryParse(text, out _, out _));
        Assert.False(Rate.TryParse(text, null, out _));
        Assert.Contains($"\"{text}\"", Assert.Throws<ArgumentException>(() => Rate.Of(new RateSettings { Rate = text })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_000_001)]
    public void A_burst_beyond_its_bounds_is_refused(int burst) => Assert.False(Rate.TryParse("1/s", burst, out _));

    [Theory]
    [InlineData("2/s", "60/m", 1)]
    [InlineData("1/s", "3600/h", -1)]
    [InlineData("1/s", "1/s", 0)]
    public void The_more_in_a_second_is_the_more_generous_then_the_more_at_once(string one, string other, int sign)
    {
        var left = Rate.Of(new RateSettings { Rate = one });
        var right = Rate.Of(new RateSettings { Rate = other });

        Assert.Equal(sign, Math.Sign(left.CompareTo(right)));
        Assert.Equal((sign > 0, sign < 0, sign >= 0, sign <= 0), (left > right, left < right, left >= right, left <= right));
    }
}
