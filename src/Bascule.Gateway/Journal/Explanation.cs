using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>Turns what the journal knows of an attempt into words: the verdict, what happened, the evidence, what to do.</summary>
public static class Explanation
{
    /// <param name="attempt">What the journal found, or null.</param>
    /// <param name="full">For operators: with addresses of client and nodes, the user, and all notes. Else for whoever knows the id.</param>
    /// <param name="reach">How far back the journal knows.</param>
    public static ExplainDocument Make(Attempt? attempt, AttemptId id, bool full, JournalReach reach)
    {
        if (attempt is null)
            return NeverArrived(id, reach);
        // Read once: the end may come while this is written.
        var end = attempt.End;
        var document = end is null ? Open(attempt) : Over(attempt, end, full);
        return document with
        {
            StartedAt = attempt.StartedAt,
            Stages = Stages(attempt, end),
            Evidence = Evidence.Collect(attempt, end, full),
        };
    }

    private static ExplainDocument NeverArrived(AttemptId id, JournalReach reach)
    {
        var since = ExplainText.Time(reach.Since);
        var forgotten = reach.Forgetting
            ? $" Or it ended before {since}: the journal is full, reaches back to then, and has forgotten what ended earlier."
            : "";
        return new ExplainDocument
        {
            Attempt = id.ToString(),
            Outcome = AttemptOutcome.NeverArrived,
            Verdict = $"No attempt with this id has reached this gateway since {since}: it failed on the way.{forgotten}",
            Advice = "What fails before a gateway: the name (DNS), the TCP connection (firewall, wrong port), TLS (certificate), a proxy, load balancer or platform that "
                + "refuses or swallows upgrades, an ad blocker or a page's own Content-Security-Policy. With several gateways, ask the others too. "
                + "Then ask with curl, from where it failed: its answer names the step, and an answer without X-Bascule-Attempt comes from something in between. "
                + "Over https use an https URL. Ask for this id again after that.",
            Try = $"""
                curl -i -N --http1.1 --max-time 10 \
                  -H 'Connection: Upgrade' -H 'Upgrade: websocket' \
                  -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' \
                  'http://HOST/PATH?bascule_attempt={id}'
                """,
        };
    }

    private static ExplainDocument Open(Attempt attempt)
    {
        var lasted = ExplainText.Duration(attempt.Lasted);
        return new ExplainDocument
        {
            Attempt = attempt.Id.ToString(),
            Outcome = AttemptOutcome.Open,
            Verdict = attempt.Connected
                ? $"The connection is open. The attempt began {lasted} ago."
                : $"The attempt is not decided yet: after {lasted} it is in the stage {Words.Of(attempt.Stage)}.{Place(attempt)}",
            Advice = attempt.Connected
                ? "Nothing to do. If nothing arrives, compare the counts and the times of the last frames below: they show which side is silent."
                : "Wait, then ask again. The stage shows what it waits for: slot is the pool's queue, connect is the back end.",
        };
    }

    private static string Place(Attempt attempt)
    {
        var waiting = attempt.Waiting;
        if (waiting?.Invoke() is not { } place)
            return "";
        var estimate = place.Estimate is { } left ? $", about {ExplainText.Duration(left)} to go" : "";
        return $" It stands at place {place.Position} of the queue for {ExplainText.Duration(place.Waited)}{estimate}.";
    }

    private static ExplainDocument Over(Attempt attempt, AttemptEnd end, bool full)
    {
        var reason = end.Ending.Reason;
        var detail = end.Ending.Detail is { Length: > 0 } seen ? $" Seen: {Evidence.Shown(seen, attempt, full).TrimEnd('.')}." : "";
        var by = Words.Of(reason.By);
        var verdict = attempt.Connected
            ? $"The connection ended {ExplainText.Duration(end.After)} after the attempt began, by the {(reason.By == EndedBy.Backend ? "back end" : by)}: {reason.Text}{detail}"
            : $"Refused in the stage {Words.Of(attempt.DecidedIn)} after {ExplainText.Duration(end.After)}: {reason.Text}{detail}";
        return new ExplainDocument
        {
            Attempt = attempt.Id.ToString(),
            Outcome = attempt.Connected ? AttemptOutcome.Ended : AttemptOutcome.Refused,
            Label = reason.Label,
            Verdict = verdict,
            Advice = reason.Advice,
            Docs = reason.Docs,
            EndedAt = end.At,
            Close = new ExplainClose(end.CloseCode, end.CloseReason is null ? null : Evidence.Shown(end.CloseReason, attempt, full), by),
            Retry = reason.RetryText,
        };
    }

    private static List<ExplainStage> Stages(Attempt attempt, AttemptEnd? end)
    {
        var entered = new List<(Stage Stage, TimeSpan At)>(8);
        foreach (var stage in Enum.GetValues<Stage>())
        {
            if (attempt.EnteredAfter(stage) is { } at)
                entered.Add((stage, at));
        }

        var stages = new List<ExplainStage>(entered.Count);
        for (var i = 0; i < entered.Count; i++)
        {
            var next = i + 1 < entered.Count ? entered[i + 1].At : end?.After;
            var took = next is { } until ? Math.Max(0, Milliseconds(until - entered[i].At)) : (double?)null;
            stages.Add(new ExplainStage(Words.Of(entered[i].Stage), Milliseconds(entered[i].At), took));
        }

        return stages;
    }

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 1);
}
