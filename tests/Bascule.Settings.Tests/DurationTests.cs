using System.Text.Json;
using System.Text.RegularExpressions;

namespace Bascule.Settings.Tests;

/// <summary>How durations are written.</summary>
public sealed class DurationTests
{
    [Theory]
    [InlineData("250ms", 250)]
    [InlineData("10s", 10_000)]
    [InlineData("5m", 300_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("1d", 86_400_000)]
    [InlineData("1m30s", 90_000)]
    [InlineData("1d2h3m4s5ms", 93_784_005)]
    [InlineData("90s", 90_000)]
    [InlineData("0s", 0)]
    public void Numbers_with_units_are_durations(string text, double milliseconds)
    {
        Assert.True(DurationText.TryParse(text, out var duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
        Assert.Matches(SchemaPattern(), text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("1.5s")]
    [InlineData("30s1m")]
    [InlineData("1s1s")]
    [InlineData("1 s")]
    [InlineData("1S")]
    [InlineData("1w")]
    [InlineData("1m30")]
    [InlineData("9999999999s")]
    [InlineData("off")]
    public void Anything_else_is_not(string text)
    {
        Assert.False(DurationText.TryParse(text, out _));
        Assert.DoesNotMatch(SchemaPattern(), text);
    }

    [Fact]
    public void More_than_a_time_span_holds_is_no_duration() => Assert.False(DurationText.TryParse("999999999d", out _));

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(90_000, "1m30s")]
    [InlineData(86_400_001, "1d1ms")]
    public void A_duration_is_written_in_its_shortest_form(double milliseconds, string text) =>
        Assert.Equal(text, DurationText.Format(TimeSpan.FromMilliseconds(milliseconds)));

    private static Regex SchemaPattern()
    {
        using var schema = JsonDocument.Parse(SettingsSchema.Json());
        return new Regex(schema.RootElement.GetProperty("$defs").GetProperty("Stop").GetProperty("properties").GetProperty("pause").GetProperty("pattern").GetString()!,
            RegexOptions.None, TimeSpan.FromSeconds(1));
    }
}
