using Bascule.Model;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>The lines of the audit log: their shape is a contract.</summary>
public sealed class AuditEntryTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void A_connection_that_opened_says_who_from_where_to_where()
    {
        var attempt = AttemptSamples.Connected(_time);
        attempt.Node = "10.1.2.3:8001";

        Assert.Equal(
            $$"""{"time":"2030-01-01T00:00:00.000Z","kind":"connection_opened","attempt":"{{attempt.Id}}","route":"experience","subject":"user-17","client":"203.0.113.7:50123","protocol":"h1","origin":"https://play.example.org","userAgent":"{{AttemptSamples.Browser}}","node":"10.1.2.3:8001"}""",
            AuditJson.Line(AuditEntries.Opened(attempt)));
    }

    [Fact]
    public void A_connection_that_ended_says_why_how_long_and_how_much()
    {
        var attempt = AttemptSamples.Connected(_time);
        _time.Advance(TimeSpan.FromSeconds(61.2345));
        attempt.Finish(new Ending(EndReasons.Idle, "no message for 60 s"), 4408, "idle; retry=backoff", new LiveCounts(3, 4, 30, 40));

        Assert.Equal(
            $$"""{"time":"2030-01-01T00:01:01.234Z","kind":"connection_ended","attempt":"{{attempt.Id}}","route":"experience","subject":"user-17","client":"203.0.113.7:50123","reason":"idle","by":"gateway","code":4408,"seconds":61.234,"toBackendMessages":3,"toBackendBytes":30,"toClientMessages":4,"toClientBytes":40,"detail":"no message for 60 s"}""",
            AuditJson.Line(AuditEntries.Over(attempt)));
    }

    [Fact]
    public void A_refusal_says_in_which_stage_and_how_it_was_told()
    {
        var byClose = AuditJson.Line(AuditEntries.Over(AttemptSamples.Refused(_time)));
        Assert.Equal(("connection_refused", "backend_not_found", "backend", "connect", null, "4502"),
            (AuditBench.Text(byClose, "kind"), AuditBench.Text(byClose, "reason"), AuditBench.Text(byClose, "by"), AuditBench.Text(byClose, "stage"), AuditBench.Text(byClose, "status"), AuditBench.Text(byClose, "code")));

        var attempt = AttemptSamples.Begin(_time);
        attempt.Enter(Stage.Admission);
        attempt.Finish(new Ending(EndReasons.TokenExpired), 0, null);
        var byHttp = AuditJson.Line(AuditEntries.Over(attempt));
        Assert.Equal(("token_expired", "admission", "401", null), (AuditBench.Text(byHttp, "reason"), AuditBench.Text(byHttp, "stage"), AuditBench.Text(byHttp, "status"), AuditBench.Text(byHttp, "code")));
    }

    [Fact]
    public void An_attempt_without_an_end_is_not_written_as_over() =>
        Assert.Throws<InvalidOperationException>(() => AuditEntries.Over(AttemptSamples.Begin(_time)));

    [Fact]
    public void An_act_says_who_did_what_to_what_and_why()
    {
        var act = new AdminAct("ops", "act", "close_connection", "user=alice", "stuck client", "10.0.0.9:4711") { Outcome = "done: 3 closed", DryRun = true };

        Assert.Equal(
            """{"time":"2030-01-01T00:00:00.000Z","kind":"admin_act","who":"ops","role":"act","what":"close_connection","target":"user=alice","why":"stuck client","from":"10.0.0.9:4711","outcome":"done: 3 closed","dryRun":true}""",
            AuditJson.Line(AuditEntries.Acted(act, _time.GetUtcNow())));
    }

    [Fact]
    public void What_an_operator_types_cannot_break_the_line_or_carry_a_token()
    {
        var act = new AdminAct("ops", "act", "drain_node", "n\n{\"kind\":\"forged\"}", "Bearer abcdefghijklmnop \u202e\u2028 token=geheim", null);

        var line = AuditJson.Line(AuditEntries.Acted(act, _time.GetUtcNow()));

        Assert.DoesNotContain('\n', line);
        Assert.DoesNotContain("geheim", line, StringComparison.Ordinal);
        Assert.DoesNotContain("abcdefghijklmnop", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\u2028', line);
        Assert.Equal("n {\"kind\":\"forged\"}", AuditBench.Text(line, "target"));
    }

    [Fact]
    public void The_life_of_the_gateway_is_told()
    {
        Assert.Equal("""{"time":"2030-01-01T00:00:00.000Z","kind":"gateway_started","version":"1.2.3"}""", AuditJson.Line(AuditEntries.Started(_time.GetUtcNow(), new BuildVersion("1.2.3", "abc"))));
        Assert.Equal("""{"time":"2030-01-01T00:00:00.000Z","kind":"gateway_stopped","count":2}""", AuditJson.Line(AuditEntries.Stopped(_time.GetUtcNow(), 2)));
        Assert.Equal("""{"time":"2030-01-01T00:00:00.000Z","kind":"config_reloaded","outcome":"kept_old","detail":"pools.kb has no node"}""",
            AuditJson.Line(AuditEntries.Reloaded(_time.GetUtcNow(), applied: false, "pools.kb has no node")));
    }

    [Fact]
    public void A_line_is_read_back_as_it_was_written()
    {
        var attempt = AttemptSamples.Connected(_time);
        var entry = AuditEntries.Opened(attempt);

        Assert.True(AuditJson.TryRead(AuditJson.Line(entry), out var read));
        Assert.Equal(entry, read);
        Assert.False(AuditJson.TryRead("""{"time":"2030-01-01T00:00:00.000Z","kind":"conn""", out _));
        Assert.False(AuditJson.TryRead("null", out _));
        Assert.False(AuditJson.TryRead("""{"kind":"x","attempt":"zz","time":"2030-01-01T00:00:00Z"}""", out _));
    }
}
