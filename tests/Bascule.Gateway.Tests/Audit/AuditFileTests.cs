namespace Bascule.Gateway.Tests;

/// <summary>The file of the audit log, whatever is done to it.</summary>
public sealed class AuditFileTests : IAsyncDisposable
{
    private readonly AuditBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Entries_are_in_the_file_in_their_order_and_for_its_owner_only()
    {
        await using (var audit = _bench.Open())
            WriteMany(audit, 1200);

        Assert.Equal(Enumerable.Range(0, 1200).Select(n => $"number {n}"), _bench.Lines.Select(l => AuditBench.Text(l, "detail")));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_bench.Path));
    }

    [Fact]
    public async Task A_restart_goes_on_in_the_same_file()
    {
        await using (var audit = _bench.Open())
            audit.Write(_bench.Entry(1));
        await using (var audit = _bench.Open())
            audit.Write(_bench.Entry(2));

        Assert.Equal(["number 1", "number 2"], _bench.Lines.Select(l => AuditBench.Text(l, "detail")));
    }

    [Fact]
    public async Task Half_a_line_of_a_process_that_died_spoils_no_other()
    {
        await File.WriteAllTextAsync(_bench.Path, """{"time":"2030-01-01T00:00:00.000Z","kind":"conn""");
        await using var audit = _bench.Open();
        audit.Write(_bench.Entry(1));
        await WrittenAsync(1);

        Assert.Equal("number 1", AuditBench.Text(_bench.Lines[1], "detail"));
        Assert.Equal("number 1", AuditBench.Text(Assert.Single(await ReadAsync(audit)), "detail"));
    }

    [Fact]
    public async Task A_full_file_makes_room_for_a_new_one_and_the_oldest_goes()
    {
        _bench.Settings = _bench.Settings with { FileBytes = 300, OldFiles = 2 };
        await using (var audit = _bench.Open())
        {
            for (var n = 0; n < 12; n++)
            {
                // One by one: a batch is never split over two files.
                audit.Write(_bench.Entry(n));
                await Eventually.HoldsAsync(() => _bench.Lines.LastOrDefault()?.Contains($"number {n}\"", StringComparison.Ordinal) == true);
            }
        }

        Assert.Equal(["audit.ndjson", "audit.ndjson.1", "audit.ndjson.2"], Directory.GetFiles(_bench.Folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
        Assert.All(Directory.GetFiles(_bench.Folder), f => Assert.InRange(new FileInfo(f).Length, 1, 300));
        var kept = new[] { ".2", ".1", "" }.SelectMany(s => File.ReadAllLines(_bench.Path + s)).Select(l => AuditBench.Text(l, "detail")).ToList();
        Assert.Equal(Enumerable.Range(12 - kept.Count, kept.Count).Select(n => $"number {n}"), kept);
    }

    [Fact]
    public async Task Without_old_files_only_the_newest_is_kept()
    {
        _bench.Settings = _bench.Settings with { FileBytes = 150, OldFiles = 0 };
        await using var audit = _bench.Open();
        for (var n = 0; n < 3; n++)
        {
            audit.Write(_bench.Entry(n));
            await Eventually.HoldsAsync(() => _bench.Lines.LastOrDefault()?.Contains($"number {n}\"", StringComparison.Ordinal) == true);
        }

        Assert.Single(Directory.GetFiles(_bench.Folder));
        Assert.Single(_bench.Lines);
    }

    [Fact]
    public async Task A_file_that_another_tool_moved_is_begun_anew()
    {
        await using var audit = _bench.Open();
        audit.Write(_bench.Entry(1));
        await WrittenAsync(1);

        File.Move(_bench.Path, _bench.Path + ".1");
        audit.Write(_bench.Entry(2));
        await WrittenAsync(1);

        Assert.Equal("number 2", AuditBench.Text(_bench.Lines[0], "detail"));
        Assert.Single(await File.ReadAllLinesAsync(_bench.Path + ".1"));
        Assert.Equal(["number 2", "number 1"], (await ReadAsync(audit)).Select(l => AuditBench.Text(l, "detail")));
    }

    [Fact]
    public async Task A_file_that_another_tool_cut_in_place_has_no_hole()
    {
        await using var audit = _bench.Open();
        audit.Write(_bench.Entry(1));
        await WrittenAsync(1);

        await using (var file = new FileStream(_bench.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(0);
        audit.Write(_bench.Entry(2));
        await WrittenAsync(1);

        Assert.StartsWith("{\"time\"", await File.ReadAllTextAsync(_bench.Path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Off_writes_nothing()
    {
        _bench.Settings = _bench.Settings with { File = "off" };
        await using (var audit = _bench.Open())
        {
            audit.Write(_bench.Entry(1));
            Assert.Empty(await ReadAsync(audit));
        }

        Assert.Empty(Directory.GetFiles(_bench.Folder));
    }

    [Fact]
    public async Task The_newest_that_fit_are_read_back_over_all_files()
    {
        _bench.Settings = _bench.Settings with { FileBytes = 100_000, OldFiles = 10 };
        await using var audit = _bench.Open();
        WriteMany(audit, 3000);
        audit.Write(_bench.Entry(3000, AuditKinds.AdminAct) with { Who = "ops" });
        await Eventually.HoldsAsync(() => _bench.Lines.LastOrDefault()?.Contains("number 3000", StringComparison.Ordinal) == true);

        var all = await audit.ReadRecentAsync(new AuditFilter(), 10_000, TestContext.Current.CancellationToken);
        Assert.True(all.Whole);
        Assert.Equal(Enumerable.Range(0, 3001).Reverse().Select(n => $"number {n}"), all.Lines.Select(l => AuditBench.Text(l, "detail")));
        Assert.Equal(["number 3000"], (await ReadAsync(audit, new AuditFilter { Who = "ops" })).Select(l => AuditBench.Text(l, "detail")));
        Assert.Equal(2, (await audit.ReadRecentAsync(new AuditFilter { Kind = AuditKinds.ConfigReloaded }, 2, TestContext.Current.CancellationToken)).Lines.Count);
        Assert.Empty(await ReadAsync(audit, new AuditFilter { Until = _bench.Time.GetUtcNow() }));
        Assert.Empty(await ReadAsync(audit, new AuditFilter { Route = "other" }));
    }

    [Fact]
    public async Task A_search_that_stops_at_its_bound_says_so()
    {
        // Sparse: 20 MB that take no room on the disk.
        await using (var file = new FileStream(_bench.Path, FileMode.CreateNew))
            file.SetLength(20_000_000);
        await using var audit = _bench.Open();
        audit.Write(_bench.Entry(1));
        await Eventually.HoldsAsync(() => new FileInfo(_bench.Path).Length > 20_000_001);

        var page = await audit.ReadRecentAsync(new AuditFilter(), 100, TestContext.Current.CancellationToken);

        Assert.False(page.Whole);
        Assert.Single(page.Lines);
    }

    private void WriteMany(AuditLog audit, int count)
    {
        for (var n = 0; n < count; n++)
            audit.Write(_bench.Entry(n));
    }

    private Task WrittenAsync(int lines) => Eventually.HoldsAsync(() => _bench.Lines.Count(l => l.EndsWith('}')) == lines);

    private static async Task<IReadOnlyList<string>> ReadAsync(AuditLog audit, AuditFilter? filter = null) =>
        (await audit.ReadRecentAsync(filter ?? new AuditFilter(), 1000, TestContext.Current.CancellationToken)).Lines;
}
