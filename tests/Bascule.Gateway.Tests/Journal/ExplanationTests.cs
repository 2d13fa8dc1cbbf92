using System.Text.Json;
using Bascule.Model;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>What a person reads who asks why.</summary>
public sealed class ExplanationTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void A_refused_attempt_is_explained_with_its_stage_reason_evidence_and_remedy()
    {
        var attempt = AttemptSamples.Refused(_time);

        var document = Make(attempt, full: true);
        var text = document.ToText();

        Assert.Equal(AttemptOutcome.Refused, document.Outcome);
        Assert.Equal("backend_not_found", document.Label);
        Assert.Equal(new ExplainClose(4502, "backend_not_found; retry=never", "backend"), document.Close);
        Assert.Equal("never", document.Retry);
        AssertSays(text, "stage connect", "37 ms", "404", "10.1.2.3:8001", "stripPrefix", "close code 4502", "retry never", "203.0.113.7", attempt.Id.ToString());
        Assert.Equal(["listen", "handshake", "admission", "routing", "slot", "connect", "close"], document.Stages.Select(s => s.Stage));
        Assert.Equal(new ExplainStage("connect", 2, 35), document.Stages[5]);
    }

    [Fact]
    public void The_public_does_not_see_addresses_nor_the_user()
    {
        var attempt = AttemptSamples.Refused(_time);
        attempt.Subject = "user-17";

        var document = Make(attempt, full: false);

        foreach (var shown in new[] { document.ToText(), JsonSerializer.Serialize(document, ExplainJson.Default.ExplainDocument) })
        {
            Assert.DoesNotContain("10.1.2.3", shown, StringComparison.Ordinal);
            Assert.DoesNotContain("fd00::", shown, StringComparison.Ordinal);
            Assert.DoesNotContain("203.0.113.7", shown, StringComparison.Ordinal);
            Assert.DoesNotContain("user-17", shown, StringComparison.Ordinal);
            AssertSays(shown, "404 Not Found", "experience", "backend_not_found");
        }
    }

    [Fact]
    public void An_ended_connection_is_explained_with_who_ended_it_and_what_passed()
    {
        var attempt = AttemptSamples.Connected(_time);
        _time.Advance(TimeSpan.FromMinutes(192));
        var lastFrame = _time.GetUtcNow();
        _time.Advance(TimeSpan.FromSeconds(75));
        attempt.Finish(new Ending(EndReasons.ClientHeartbeatLost), 4606, null,
            new LiveCounts(12, 345, 678, 9012, LastFrameFromClient: lastFrame, ClientPingRoundTrip: TimeSpan.FromMilliseconds(48)));

        var document = Make(attempt, full: false);

        Assert.Equal(AttemptOutcome.Ended, document.Outcome);
        AssertSays(document.ToText(), "3 h 13 min", "by the client", "did not answer pings", "12 messages, 678 bytes", "345 messages, 9012 bytes",
            "1 min 15 s before the end", "48 ms", "none came", "close code 4606", "retry now");
    }

    [Fact]
    public void An_open_connection_shows_its_counts_of_this_moment()
    {
        var attempt = AttemptSamples.Connected(_time);
        attempt.Live = () => new LiveCounts(3, 4, 5, 6, LastFrameFromBackend: _time.GetUtcNow());
        _time.Advance(TimeSpan.FromSeconds(90));

        var document = Make(attempt, full: false);

        Assert.Equal(AttemptOutcome.Open, document.Outcome);
        Assert.Null(document.Label);
        AssertSays(document.ToText(), "is open", "1 min 30 s", "3 messages, 5 bytes", "0 ms ago", "goes on");
    }

    [Fact]
    public void An_attempt_that_waits_says_in_which_stage()
    {
        var attempt = AttemptSamples.Begin(_time);
        attempt.Enter(Stage.Slot);
        _time.Advance(TimeSpan.FromMilliseconds(3250));

        var document = Make(attempt, full: false);

        Assert.Equal(AttemptOutcome.Open, document.Outcome);
        AssertSays(document.Verdict, "not decided", "stage slot", "3.2 s");
    }

    [Fact]
    public void No_record_means_that_it_never_arrived_and_says_where_to_look()
    {
        var id = AttemptId.New();

        var document = Explanation.Make(null, id, full: false, AttemptSamples.Reach);

        Assert.Equal(AttemptOutcome.NeverArrived, document.Outcome);
        AssertSays(document.ToText(), "2030-01-01 00:00:00 UTC", "DNS", "TLS", "ad blocker", "curl", "Upgrade: websocket", $"bascule_attempt={id}");
        Assert.DoesNotContain("journal is full", document.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_journal_admits_that_it_may_have_forgotten()
    {
        var reach = new JournalReach(new DateTimeOffset(2030, 1, 1, 17, 3, 22, TimeSpan.Zero), Forgetting: true);

        var document = Explanation.Make(null, AttemptId.New(), full: false, reach);

        AssertSays(document.Verdict, "journal is full", "forgotten", "17:03:22");
    }

    [Fact]
    public void No_line_is_wider_than_100_columns()
    {
        var attempt = AttemptSamples.Refused(_time);
        attempt.Note("backend headers", string.Join(' ', Enumerable.Repeat("Server: nothing", 30)));
        attempt.Note("one long word", new string('w', 290));

        foreach (var document in new[] { Make(attempt, full: true), Explanation.Make(null, AttemptId.New(), full: false, AttemptSamples.Reach) })
            Assert.All(document.ToText().Split('\n'), line => Assert.InRange(line.Length, 0, 100));
    }

    [Fact]
    public void The_document_survives_json()
    {
        var document = Make(AttemptSamples.Refused(_time), full: true);

        var json = JsonSerializer.Serialize(document, ExplainJson.Default.ExplainDocument);
        var back = JsonSerializer.Deserialize(json, ExplainJson.Default.ExplainDocument)!;

        Assert.Contains("\"outcome\":\"refused\"", json, StringComparison.Ordinal);
        Assert.Equal(document.ToText(), back.ToText());
    }

    [Theory]
    [MemberData(nameof(Labels))]
    public void Every_end_reason_can_be_explained(string label)
    {
        var reason = EndReasons.All.Single(r => r.Label == label);
        var attempt = AttemptSamples.Begin(_time);
        attempt.Finish(new Ending(reason), reason.Code, null);

        AssertSays(Make(attempt, full: false).ToText(), $"reason {label};", $"retry {reason.RetryText}");
    }

    public static TheoryData<string> Labels() => [.. EndReasons.All.Select(r => r.Label)];

    private static ExplainDocument Make(Attempt attempt, bool full) => Explanation.Make(attempt, attempt.Id, full, AttemptSamples.Reach);

    private static void AssertSays(string text, params string[] words) => Assert.All(words, w => Assert.Contains(w, text.ReplaceLineEndings(" "), StringComparison.Ordinal));
}
