namespace Bascule.Gateway.Tests;

/// <summary>What happens when entries cannot be kept: nobody waits for them, and none is lost in silence.</summary>
public sealed class AuditFaultTests : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly AuditBench _bench = new();
    private readonly HeldSink _sink = new();

    public ValueTask DisposeAsync()
    {
        _sink.Dispose();
        return _bench.DisposeAsync();
    }

    [Fact]
    public async Task What_does_not_fit_is_counted_and_told_in_its_place()
    {
        _bench.Settings = _bench.Settings with { File = "off", Waiting = 100 };
        await using var audit = _bench.Open(_sink);
        audit.Write(_bench.Entry(0));
        await _sink.AskedAsync();
        _bench.Time.Advance(TimeSpan.FromMinutes(1));
        for (var n = 1; n <= 107; n++)
            audit.Write(_bench.Entry(n));
        Assert.Equal(7, await _bench.DroppedAsync("database"));
        _bench.Time.Advance(TimeSpan.FromMinutes(1));

        _sink.Let(10);
        await Eventually.HoldsAsync(() => _sink.Kept.Count == 102);

        Assert.Equal(Enumerable.Range(0, 101).Select(n => $"number {n}"), _sink.Kept.Take(101).Select(e => e.Detail));
        Assert.Equal("""{"time":"2030-01-01T00:02:00.000Z","kind":"audit_dropped","count":7,"since":"2030-01-01T00:01:00.000Z"}""", AuditJson.Line(_sink.Kept.Last()));
        Assert.Single(_bench.Log.All, e => e.Event == "AuditDropped");
    }

    [Fact]
    public async Task A_full_disk_is_told_once_and_nothing_is_lost_when_there_is_room_again()
    {
        File.CreateSymbolicLink(_bench.Path, "/dev/full");
        await using var audit = _bench.Open();
        audit.Write(_bench.Entry(1));
        await Eventually.HoldsAsync(() => audit.Fault is not null);
        Assert.StartsWith("audit file: ", audit.Fault, StringComparison.Ordinal);
        await Eventually.HoldsAsync(() => _bench.Time.ArmedTimers == 1);
        _bench.Time.Advance(Pause);
        audit.Write(_bench.Entry(2));
        await Eventually.HoldsAsync(() => _bench.Time.ArmedTimers == 1);

        File.Delete(_bench.Path);
        _bench.Time.Advance(Pause);
        await Eventually.HoldsAsync(() => audit.Fault is null && _bench.Lines.Length == 2);

        Assert.Equal(["number 1", "number 2"], _bench.Lines.Select(l => AuditBench.Text(l, "detail")));
        Assert.Equal(["AuditFailing", "AuditRecovered"], _bench.Log.All.Select(e => e.Event));
    }

    [Fact]
    public async Task A_folder_that_may_not_be_written_is_named()
    {
        Directory.CreateDirectory(_bench.Path);
        await using (var audit = _bench.Open())
        {
            audit.Write(_bench.Entry(1));
            await Eventually.HoldsAsync(() => audit.Fault is not null);
            Assert.Contains(_bench.Path, audit.Fault, StringComparison.Ordinal);
        }

        Assert.Equal("1", _bench.Log.All.Single(e => e.Event == "AuditDropped").Field("Count"));
        Assert.Equal(1, await _bench.DroppedAsync("file"));
    }

    [Fact]
    public async Task A_file_that_cannot_be_rotated_grows_on()
    {
        _bench.Settings = _bench.Settings with { FileBytes = 150, OldFiles = 1 };
        Directory.CreateDirectory(Path.Combine(_bench.Path + ".1", "in the way"));
        await using var audit = _bench.Open();
        for (var n = 1; n <= 4; n++)
        {
            audit.Write(_bench.Entry(n));
            await Eventually.HoldsAsync(() => _bench.Lines.Length == n);
        }

        Assert.Null(audit.Fault);
        Assert.Single(_bench.Log.All, e => e.Event == "AuditNotRotated");
    }

    [Fact]
    public async Task A_database_that_hangs_keeps_nothing_from_the_file()
    {
        await using var audit = _bench.Open(_sink);
        for (var n = 0; n < 5; n++)
            audit.Write(_bench.Entry(n));

        await Eventually.HoldsAsync(() => _bench.Lines.Length == 5);
        Assert.Empty(_sink.Kept);
        _sink.Let(100);
    }

    [Fact]
    public async Task A_database_that_breaks_gets_the_same_entries_again()
    {
        _bench.Settings = _bench.Settings with { File = "off" };
        _sink.Fault = new InvalidOperationException("the server closed the connection");
        await using var audit = _bench.Open(_sink);
        audit.Write(_bench.Entry(1));
        _sink.Let(1);
        await Eventually.HoldsAsync(() => audit.Fault == "audit database: the server closed the connection" && _bench.Time.ArmedTimers == 1);

        _sink.Fault = null;
        _sink.Let(100);
        _bench.Time.Advance(Pause);
        await Eventually.HoldsAsync(() => audit.Fault is null && _sink.Kept.Count == 1);

        var page = await audit.ReadRecentAsync(new AuditFilter(), 10, TestContext.Current.CancellationToken);
        Assert.Equal("number 1", AuditBench.Text(Assert.Single(page.Lines), "detail"));
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_ever_for_a_database_that_hangs()
    {
        _bench.Settings = _bench.Settings with { File = "off" };
        var audit = _bench.Open(_sink);
        audit.Write(_bench.Entry(1));
        await _sink.AskedAsync();
        audit.Write(_bench.Entry(2));

        var stopping = audit.DisposeAsync().AsTask();
        await Eventually.HoldsAsync(() => _bench.Time.ArmedTimers == 1);
        Assert.False(stopping.IsCompleted);
        _bench.Time.Advance(TimeSpan.FromSeconds(5));
        await stopping;

        Assert.Equal(2, await _bench.DroppedAsync("database"));
    }

    [Fact]
    public async Task Writing_an_entry_costs_little_beside_the_entry()
    {
        await using var audit = _bench.Open();
        var entry = _bench.Entry(1);
        for (var n = 0; n < 1000; n++)
            audit.Write(entry);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var n = 0; n < 1000; n++)
            audit.Write(entry);

        // The queue grows by doubling now and then.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000);
    }
}
