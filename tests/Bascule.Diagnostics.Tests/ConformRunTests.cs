using System.Net;
using System.Net.Sockets;
using Bascule.Testing;

namespace Bascule.Diagnostics.Tests;

/// <summary>How cases are played, whatever they are about.</summary>
public sealed class ConformRunTests
{
    private static readonly ConformArea Area = new("area", "Area");

    private readonly ManualTime _time = new();

    [Fact]
    public async Task Results_stand_in_the_order_of_the_cases_whoever_ends_first()
    {
        var first = new TaskCompletionSource<Observation>();
        ConformCase[] cases = [Case("first", (_, _) => first.Task), Case("second", (_, _) => Task.FromResult(Observation.Passed("")))];

        var report = await new ConformRun(Stage(9)).RunAsync(cases, result =>
        {
            if (result.Case.Id == "second")
                first.SetResult(Observation.Lenient("late", "early"));
        }, CancellationToken.None).Soon();

        Assert.Equal(["first", "second"], report.Results.Select(r => r.Case.Id));
        Assert.True(report.IsGood);
    }

    [Fact]
    public async Task A_case_that_cannot_go_on_is_broken_and_the_others_are_played()
    {
        ConformCase[] cases = [Case("broken", (_, _) => throw new CaseBrokenException("no handshake")), Case("good", (_, _) => Task.FromResult(Observation.Passed("")))];

        var report = await new ConformRun(Stage(9)).RunAsync(cases, null, CancellationToken.None).Soon();

        Assert.Equal([Outcome.Broken, Outcome.Passed], report.Results.Select(r => r.Outcome));
        Assert.Equal("no handshake", report.Results[0].Seen);
        Assert.False(report.IsGood);
    }

    [Fact]
    public async Task An_interrupted_run_reports_what_it_has()
    {
        using var interruption = new CancellationTokenSource();
        ConformCase[] cases =
        [
            Case("good", (_, _) => Task.FromResult(Observation.Passed(""))),
            Case("endless", async (_, cancellation) =>
            {
                await interruption.CancelAsync();
                await Task.Delay(Timeout.InfiniteTimeSpan, _time, cancellation);
                return Observation.Passed("");
            }),
            Case("never", (_, _) => Task.FromResult(Observation.Passed(""))),
        ];

        var report = await new ConformRun(Stage(9)) { Parallel = 1 }.RunAsync(cases, null, interruption.Token).Soon();

        Assert.True(report.WasInterrupted);
        Assert.Equal(["good"], report.Results.Select(r => r.Case.Id));
    }

    [Fact]
    public async Task A_server_that_comes_back_is_told_and_the_case_played_again()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var played = 0;
        var refused = new TaskCompletionSource();
        ConformCase[] cases =
        [
            Case("dials", async (stage, cancellation) =>
            {
                played++;
                try
                {
                    await using var peer = await stage.DialAsync(cancellation);
                    return Observation.Passed("");
                }
                catch (NotReachedException)
                {
                    refused.SetResult();
                    throw;
                }
            }),
        ];
        var running = new ConformRun(Stage(((IPEndPoint)listener.LocalEndPoint!).Port)).RunAsync(cases, null, CancellationToken.None);

        // Bound, but it does not listen: the dial is refused, and the run waits on its clock.
        await refused.Task.Soon();
        listener.Listen();
        while (!running.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(250));
            await Task.Yield();
        }

        var report = await running;
        Assert.Equal(2, played);
        Assert.Equal(Outcome.Passed, report.Results[0].Outcome);
        Assert.Contains("It came back", Assert.Single(report.Deaths));
        Assert.False(report.IsGood);
    }

    [Fact]
    public async Task A_server_that_stays_away_is_told_once_and_the_rest_is_not_played()
    {
        using var bound = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        ConformCase[] cases =
        [
            Case("last good one", (_, _) => Task.FromResult(Observation.Passed(""))),
            .. Enumerable.Range(0, 20).Select(i => Case($"dials {i}", async (stage, cancellation) =>
            {
                await using var peer = await stage.DialAsync(cancellation);
                return Observation.Passed("");
            })),
        ];
        var running = new ConformRun(Stage(((IPEndPoint)bound.LocalEndPoint!).Port)).RunAsync(cases, null, CancellationToken.None);
        while (!running.IsCompleted)
        {
            _time.Advance(TimeSpan.FromHours(1));
            await Task.Yield();
        }

        var report = await running;
        Assert.Equal(["last good one"], report.Results.Select(r => r.Case.Id));
        var death = Assert.Single(report.Deaths);
        Assert.Contains("This came after one of: last good one, ", death);
        Assert.EndsWith("It did not come back. So 20 cases were not played.", death);
        Assert.False(report.IsGood);
    }

    private static ConformCase Case(string id, Func<ConformStage, CancellationToken, Task<Observation>> run) => new(id, Area, id, "RFC 6455 §1", run);

    private ConformStage Stage(int port) =>
        new(new ConformTarget(new Uri($"ws://127.0.0.1:{port}/"), [], AnyCertificate: false), new PeerClock(_time, TimeSpan.FromDays(1)), ServerFacts.Unknown);
}
