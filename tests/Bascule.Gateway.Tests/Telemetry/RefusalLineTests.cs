using Bascule.Model;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>What the line of a refusal says of the way in which it was told.</summary>
public sealed class RefusalLineTests
{
    private readonly ManualTime _time = new();

    [Theory]
    [InlineData(0, "token_missing", true)]
    [InlineData(4401, "token_missing", false)]
    [InlineData(0, "client_gave_up", false)]
    public void The_status_stands_there_only_when_http_was_the_answer(int closeCode, string label, bool shown)
    {
        var log = new LogBench(_time);
        var attempt = AttemptSamples.Begin(_time);
        attempt.Finish(new Ending(EndReasons.All.Single(r => r.Label == label)), closeCode, null);

        AttemptLog.Over(log, attempt);

        Assert.Equal(shown, log.Text.Contains(" status=401 ", StringComparison.Ordinal));
        Assert.Equal(shown, log.Text.Contains(" status=", StringComparison.Ordinal));
        Assert.Contains($" code={closeCode} ", log.Text, StringComparison.Ordinal);
    }
}
