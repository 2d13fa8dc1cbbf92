namespace Bascule.Diagnostics;

/// <summary>Comes back after a cut, as all clients then do at once: whether it is let in, and where it lands.</summary>
internal sealed class ReconnectStep(Ladder ladder, SocketOpener opener, ProbeOptions options)
{
    // RULES §PROBE-RECONNECT-SPREAD: enough to see two of three instances nearly always.
    private const int Reconnects = 20;

    internal async Task TakeAsync(CancellationToken interruption)
    {
        var start = ladder.Now();
        var tries = await Task.WhenAll(Enumerable.Range(0, Reconnects).Select(async _ =>
        {
            var (answer, peer, _) = await opener.OpenAsync(options.Clock, interruption);
            if (peer is not null)
                await peer.DisposeAsync();
            return (Answer: answer, IsOpen: peer is not null);
        }));
        var refused = tries.Where(t => !t.IsOpen).Select(t => t.Answer).ToList();
        var answers = tries.Select(t => t.Answer).ToList();
        var evidence = $"{Reconnects - refused.Count} of {Reconnects} are let in again{(refused.Count == 0 ? "" : $"; the others get {refused[0].Brief}")}{(InstanceMarks.In(answers) is var (field, marks) ? $"; {field}: {string.Join(", ", marks)}" : "")}";
        var verdict = refused.Count > 0
            ? Findings.Measured(
                "PROBE-RECONNECT-REFUSED", Severity.Warning, $"After the cut {refused.Count} of {Reconnects} reconnects at once are refused ({refused[0].Brief}).", evidence,
                "Whatever ends connections ends those of all clients; they come back together, and meet a limit.", "A cut that should take a second lasts as long as the limit.", "Give upgrades a rate limit of their own with room for everybody; let clients wait growing, random times.", "reconnect-storm")
            : InstanceMarks.Judge(answers);
        ladder.Add("reconnect", refused.Count > 0 ? StepResult.Warn : StepResult.Ok, ladder.Since(start), evidence, verdict);
    }
}
