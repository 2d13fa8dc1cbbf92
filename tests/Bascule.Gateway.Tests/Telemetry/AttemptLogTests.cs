using Bascule.Model;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>The lines that an operator finds for one attempt.</summary>
public sealed class AttemptLogTests
{
    private readonly ManualTime _time = new(new DateTimeOffset(2030, 1, 1, 17, 3, 22, 123, TimeSpan.Zero));
    private readonly LogBench _log;

    public AttemptLogTests() => _log = new LogBench(_time);

    [Fact]
    public void A_connection_leaves_one_line_at_its_start_and_one_at_its_end_with_the_same_id()
    {
        var attempt = AttemptSamples.Connected(_time);
        AttemptLog.Opened(_log, attempt);
        _time.Advance(TimeSpan.FromSeconds(90));
        attempt.Finish(new Ending(EndReasons.ClientClosed, "going home"), 1000, "bye", new LiveCounts(1, 2, 30, 40));
        AttemptLog.Over(_log, attempt);

        Assert.Equal(2, _log.Lines.Length);
        Assert.Equal($"2030-01-01T17:03:22.123Z info  ConnectionOpened attempt={attempt.Id} route=experience client=203.0.113.7:50123 protocol=h1 user=user-17 "
            + $"userAgent=\"{AttemptSamples.Browser}\"", _log.Lines[0]);
        Assert.Equal($"2030-01-01T17:04:52.123Z info  ConnectionEnded attempt={attempt.Id} reason=client_closed by=client route=experience code=1000 seconds=90 "
            + "toBackendMessages=1 toBackendBytes=30 toClientMessages=2 toClientBytes=40 detail=\"going home\"", _log.Lines[1]);
    }

    [Fact]
    public void A_refusal_by_a_backend_is_a_warning()
    {
        var attempt = AttemptSamples.Refused(_time);
        AttemptLog.Over(_log, attempt);

        var line = Assert.Single(_log.Lines);
        Assert.Contains($"warn  AttemptRefused attempt={attempt.Id} reason=backend_not_found by=backend stage=connect code=4502 route=experience", line,
            StringComparison.Ordinal);
        Assert.Contains("milliseconds=37 ", line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_that_is_the_clients_own_fault_is_information()
    {
        var attempt = AttemptSamples.Begin(_time);
        attempt.Enter(Stage.Admission);
        attempt.Finish(new Ending(EndReasons.TokenExpired), 4401, null);
        AttemptLog.Over(_log, attempt);

        Assert.Contains("info  AttemptRefused", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void A_fault_of_the_gateway_is_an_error_with_its_exception()
    {
        var attempt = AttemptSamples.Connected(_time);
        AttemptLog.Fault(_log, attempt, new InvalidOperationException("first\n17:03:22.123 info  ConnectionOpened attempt=forged"));

        Assert.Contains($"error GatewayFault attempt={attempt.Id} stage=relay route=experience", _log.Lines[0], StringComparison.Ordinal);
        Assert.True(_log.Lines.Length > 1);
        Assert.All(_log.Lines[1..], l => Assert.StartsWith("    | ", l, StringComparison.Ordinal));
    }

    [Fact]
    public void An_attempt_without_an_end_cannot_be_logged_as_over()
    {
        var fault = Assert.Throws<InvalidOperationException>(() => AttemptLog.Over(_log, AttemptSamples.Begin(_time)));

        Assert.Contains("Finish", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_user_agent_cannot_forge_a_line_or_a_field()
    {
        var attempt = new Attempt(AttemptId.New(), _time) { UserAgent = "x\" user=admin\r\n17:03:22.123 info  ConnectionOpened attempt=forged \u001b[2J\u202e" };
        AttemptLog.Opened(_log, attempt);

        var line = Assert.Single(_log.Lines);
        Assert.Contains("userAgent=\"x\\\" user=admin", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', line);
        Assert.DoesNotContain('\u202e', line);
        Assert.DoesNotContain('\r', line);
    }
}
