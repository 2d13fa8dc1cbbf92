using System.Text;

namespace Bascule.Diagnostics;

/// <summary>Several connections, and none: they do not mix, and a back end that is away is told.</summary>
internal static class ThroughManyCases
{
    private const int Connections = 16;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    internal static IEnumerable<ThroughCase> All { get; } =
    [
        new("connections-apart", $"{Connections} connections at once: each end hears only its own other end", "RFC 6455 §1.2", ApartAsync),
        new("backend-away", "Nobody listens behind: the client learns it, soon", "RFC 9110 §15.6.3", AwayAsync),
        new("backend-returns", "A back end that is there again is used again", "RFC 9110 §15.6.4", ReturnsAsync),
    ];

    private static async Task<Observation> ApartAsync(ThroughStage stage, CancellationToken interruption)
    {
        var pairs = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => stage.OpenAsync(interruption)));
        try
        {
            var differences = await Task.WhenAll(pairs.Select(async (pair, i) =>
            {
                foreach (var way in Enumerable.Repeat((Way[])[Way.Up, Way.Down], 20).SelectMany(w => w))
                {
                    var own = Encoding.ASCII.GetBytes($"connection {i} {way}");
                    var seen = await pair.PassAsync(way, [RawFrame.Text(own)], interruption);
                    if (seen.Difference(way, 1, own) is { } difference)
                        return $"connection {i}: {difference}";
                }

                return null;
            }));
            return differences.FirstOrDefault(d => d is not null) is { } first
                ? Observation.Failed(first, "Each end hears its own other end.")
                : Observation.Passed($"{Connections} connections, each its own");
        }
        finally
        {
            await Task.WhenAll(pairs.Select(pair => pair.DisposeAsync().AsTask()));
        }
    }

    private static async Task<Observation> AwayAsync(ThroughStage stage, CancellationToken interruption)
    {
        await stage.Door.CloseAsync();
        try
        {
            var start = stage.Clock.Time.GetTimestamp();
            await using var attempt = await stage.AttemptAsync(stage.Front.Upgrade(), interruption);
            var answer = await attempt.Answer;
            var took = $"after {stage.Clock.Time.GetElapsedTime(start).TotalMilliseconds:0} ms";
            if (answer.Head is { Status: 101 })
            {
                var read = await attempt.Client.ReadAsync(interruption);
                return read.Frame is { Opcode: 8 } ? Observation.Passed($"101, then {read}, {took}") : Observation.Failed($"101, then {read}", "A status, or a close code.");
            }

            if (answer.Head is not null)
                return Observation.Passed($"{answer} {took}");
            return answer.End == PeerEnd.Silent
                ? Observation.Failed($"the client got no answer {took}", "HTTP 502, or a close code.")
                : Observation.Lenient($"the client saw {answer} {took}", "HTTP 502, or a close code: it says whose fault it is.");
        }
        finally
        {
            stage.Door.Open();
        }
    }

    private static async Task<Observation> ReturnsAsync(ThroughStage stage, CancellationToken interruption)
    {
        await stage.Door.CloseAsync();
        await using (var away = await stage.AttemptAsync(stage.Front.Upgrade(), interruption))
            await away.Answer;
        stage.Door.Open();

        var start = stage.Clock.Time.GetTimestamp();
        var refused = 0;
        while (true)
        {
            await using var attempt = await stage.AttemptAsync(stage.Front.Upgrade(), interruption);
            if (attempt.Call is not null && (await attempt.AcceptAsync(interruption)).Head is { Status: 101 })
            {
                await using var pair = attempt.ToPair(stage.Clock);
                await pair.LeaveAsync(interruption);
                break;
            }

            refused++;
            if (stage.Clock.Time.GetElapsedTime(start) > stage.Clock.StepLimit)
                return Observation.Lenient(
                    $"{refused} attempts within {stage.Clock.StepLimit.TotalSeconds:0.#} s were refused, the last by {await attempt.Answer}", "It is tried again within seconds.");
            await Task.Delay(Pause, stage.Clock.Time, interruption);
        }

        return refused == 0
            ? Observation.Passed("the first attempt got through")
            : Observation.Lenient($"{refused} attempts in {stage.Clock.Time.GetElapsedTime(start).TotalMilliseconds:0} ms were refused first", "The first attempt gets through.");
    }
}
