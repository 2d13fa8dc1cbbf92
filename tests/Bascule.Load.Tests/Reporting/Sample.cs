namespace Bascule.Load.Tests;

/// <summary>A run with something for every part of a report.</summary>
internal static class Sample
{
    internal static LoadResult Run { get; } = Runs.Of(
        Side("via", 300) with
        {
            Attempts = 240,
            Opened = 100,
            FailedAttempts = 136,
            Lost = 1,
            Received = 71_990,
            LostMessages = 6,
            InFlightAtEnd = 4,
            Failures =
            [
                new FailureTally(
                    "http.503", Guilty.Server, 135, TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(9.75), "503 Service Unavailable, Retry-After: 5, from \u001b[31mhaproxy\nnode|1 `x` <b>@ops</b>",
                    "0af7651916cd43dd8448eb211c80319c", "The queue of the pool kb was full: 1,000 attempts waited, and none of the 6,000 slots of its nodes became free within 10 s.\nAdd nodes.\n\nAll the rest."),
                Runs.Tally("dns", 1, 0.5, 0.5, "no address for back-end.example"),
                Runs.Tally("aborted.deadline", 4, 11, 11, "the run was over"),
            ],
        },
        Side("direct", 200)) with
    {
        Workers = 2,
        Plan = Runs.Plan("via", "direct") with { Connections = 200, Rate = 0.1, Tokens = ["s3cret"], Targets = [
            new("via", [new Uri("ws://127.0.0.1:8666/ws-test?token=s3cret")]), new("direct", [new Uri("ws://127.0.0.1:8001/ws-test")])] },
        Storm = new StormResult(200, 199, TimeSpan.FromSeconds(1.2), TimeSpan.FromSeconds(3.05), null, 151.5),
        Environment = new LoadEnvironment("0.1.0+abc", "Debian GNU/Linux 12", "6.18.44", 4, 20_000, 32_768, 60_999),
    };

    internal static LoadReport Report { get; } = LoadReport.Of(
        Run,
        [Threshold.Parse("via:rtt.p99<5ms"), Threshold.Parse("connect.fail_rate<0.1%"), Threshold.Parse("connect.p99.9<1s")],
        Run with { Targets = [Side("via", 200), Side("direct", 200)], Plan = Run.Plan with { Connections = 100 } });

    private static TargetResult Side(string label, long microseconds) => Runs.Good(label) with
    {
        RoundTrip = Runs.Histogram((35_000, microseconds * 1_000), (35_000, microseconds * 1_500), (2_000, microseconds * 7_000)),
        Windows = [.. Enumerable.Range(0, 6).Select(i => Runs.Histogram((100, (microseconds * 1_000) + (i * 500))))],
    };
}
