using System.Collections.Concurrent;
using Bascule.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bascule.Sessions.Tests;

/// <summary>A gateway as far as sessions go: a desk with its runner, on a store that others may share.</summary>
internal sealed class TestGateway : ISessionWitness, IAsyncDisposable
{
    internal static readonly SessionCaller Ann = new("ann", "acme", ["admin"]);

    private TestGateway(ManualTime time, TestStore store, TestRunner runner)
    {
        (Time, Store, Runner) = (time, store, runner);
        Desk = new SessionDesk(new SessionPorts(store, runner, this, id => $"key of {id}"), () => Rules, time, NullLogger<SessionDesk>.Instance);
    }

    internal ManualTime Time { get; }

    internal TestStore Store { get; }

    internal TestRunner Runner { get; }

    internal SessionDesk Desk { get; }

    internal SessionRules Rules { get; set; } = new()
    {
        Profiles = new Dictionary<string, SessionProfile>(StringComparer.Ordinal)
        {
            ["shell"] = new() { Name = "shell", Command = ["bash", "-l"], Allow = ["*"] },
            ["once"] = new() { Name = "once", Tty = false, Allow = ["info"], Deadline = TimeSpan.FromMinutes(1) },
        },
        Quota = new SessionQuota(100, 100),
        CreationInterval = TimeSpan.Zero,
    };

    /// <summary>What the witness heard: <c>created</c>, <c>running</c>, <c>ended exited</c>, <c>ended deleted by ann</c>, <c>refused user_quota</c>, <c>writer bob after ann, 2 of 2</c>.</summary>
    internal ConcurrentQueue<string> Heard { get; } = new();

    internal static async Task<TestGateway> StartAsync(TestGateway? beside = null)
    {
        var time = beside?.Time ?? new ManualTime();
        var gateway = new TestGateway(time, beside?.Store ?? new TestStore(new MemorySessionStore(time)), new TestRunner());
        await gateway.Desk.StartAsync(CancellationToken.None);
        // Behind the sweep with which every desk begins: it may not come into what a test arranges.
        await gateway.Runner.Swept.Soon();
        return gateway;
    }

    internal async Task<SessionRecord> CreateAsync(string profile = "shell", string? command = null)
    {
        var answer = await Desk.CreateAsync(Ann, new SessionRequest { Profile = profile, CommandText = command }, CancellationToken.None);
        Assert.Null(answer.Refusal);
        return answer.Record!;
    }

    internal async Task<SessionRecord> CreateRunningAsync(string profile = "shell", string? command = null)
    {
        var record = await CreateAsync(profile, command);
        return await BecomesAsync(record.Id, SessionState.Running);
    }

    /// <summary>Waits until the store has it in that state.</summary>
    internal async Task<SessionRecord> BecomesAsync(SessionId id, SessionState state)
    {
        SessionRecord? found = null;
        await Waiting.UntilAsync(async () => (found = await Desk.FindAsync(id, CancellationToken.None))?.State == state);
        return found!;
    }

    internal Task SweepAsync() => Desk.SweepAsync(CancellationToken.None).Soon();

    public void Created(SessionRecord record, SessionCaller caller) => Heard.Enqueue("created");

    public void Refused(SessionCaller caller, SessionRequest request, CreateRefusal refusal) => Heard.Enqueue($"refused {refusal.Label}");

    public void Running(SessionRecord record) => Heard.Enqueue("running");

    public void Ended(SessionRecord record, SessionCaller? by) => Heard.Enqueue($"ended {record.End!.Ending}{(by is null ? "" : $" by {by.User}")}");

    public void WriterChanged(SessionRecord record, WriterChange change) => Heard.Enqueue($"writer {change.User} after {change.Before}, {change.Fence} of {record.Fence}");

    public ValueTask DisposeAsync() => Desk.DisposeAsync();
}
