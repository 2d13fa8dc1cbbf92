namespace Bascule.Settings.Tests;

/// <summary>How rates are written.</summary>
public sealed class RateTests
{
    [Theory]
    [InlineData("20/s", 20.0, 20)]
    [InlineData("600/m", 10.0, 600)]
    [InlineData("1/m", 1.0 / 60, 1)]
    [InlineData("7200/h", 2.0, 7200)]
    [InlineData("1000000/s", 1_000_000.0, 1_000_000)]
    public void A_number_and_a_unit_are_a_rate(string text, double perSecond, int number)
    {
        Assert.True(RateText.TryParse(text, out var rate, out var written));
        Assert.Equal((perSecond, number), (rate, written));
    }

    [Theory]
    [InlineData("")]
    [InlineData("20")]
    [InlineData("/s")]
    [InlineData("20/")]
    [InlineData("20/d")]
    [InlineData("20/S")]
    [InlineData("20 /s")]
    [InlineData(" 20/s")]
    [InlineData("20/s ")]
    [InlineData("0/s")]
    [InlineData("-1/s")]
    [InlineData("1.5/s")]
    [InlineData("1,000/h")]
    [InlineData("1000001/s")]
    [InlineData("99999999999/s")]
    [InlineData("20/1s")]
    [InlineData("20/s/s")]
    public void Nothing_else_is_a_rate(string text)
    {
        Assert.False(RateText.TryParse(text, out var rate, out var written));
        Assert.Equal((0.0, 0), (rate, written));
    }
}
