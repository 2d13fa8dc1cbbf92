namespace Bascule.Settings.Tests;

/// <summary>How rates are written.</summary>
public sealed class RateTests
{
    [Theory]
    [InlineData("20/s", 20, 1)]
    [InlineData("600/m", 600, 60)]
    [InlineData("1/m", 1, 60)]
    [InlineData("7200/h", 7200, 3600)]
    [InlineData("1000000/s", 1_000_000, 1)]
    public void A_number_and_a_unit_are_a_rate(string text, int count, int seconds)
    {
        Assert.True(RateText.TryParse(text, out var written, out var per));
        Assert.Equal((count, TimeSpan.FromSeconds(seconds)), (written, per));
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
        Assert.False(RateText.TryParse(text, out var written, out var per));
        Assert.Equal((0, TimeSpan.Zero), (written, per));
    }
}
