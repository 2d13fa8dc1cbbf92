namespace Bascule.Diagnostics;

/// <summary>Large messages: a server may limit them, and then says so with 1009 (RFC 6455 §7.4.1, §10.4).</summary>
internal static class LimitCases
{
    private const string Source = "RFC 6455 §10.4";
    private const int MiB = 1024 * 1024;

    internal static IEnumerable<ConformCase> All()
    {
        var table = new CaseTable(ServerAreas.Limits);
        foreach (var size in (int[])[1, 4, 16])
        {
            // Made when the case is played, or the table alone would hold all of it for ever.
            table.Add($"frame-{size}", $"a message of {size} MiB in one frame comes back, or is refused with 1009", Source, Lazily(() => [RawFrame.Binary(Sample.Noise(size * MiB))], size * MiB));
            table.Add($"fragments-{size}", $"a message of {size} MiB in frames of 16 KiB comes back, or is refused with 1009", Source,
                Lazily(() => Sample.Fragments(2, Sample.Noise(size * MiB), 16 * 1024), size * MiB));
        }

        table.Add("fragments-many", "a message of 10,000 frames of one byte comes back", Source, EchoShape.Of(Sample.Fragments(1, Sample.Text(10_000), 1), Said.Text(Sample.Text(10_000))));
        table.Add("messages-many", "1000 messages without a pause come back in their order", "RFC 6455 §5.4",
            EchoShape.Of([.. Enumerable.Range(0, 1000).Select(i => RawFrame.Text($"{i:0000}"))], [.. Enumerable.Range(0, 1000).Select(i => Said.Text($"{i:0000}"))]));
        return table;
    }

    private static Func<ConformStage, CancellationToken, Task<Observation>> Lazily(Func<IReadOnlyList<RawFrame>> frames, int size) =>
        (stage, interruption) => EchoShape.Of(frames(), Said.Binary(Sample.Noise(size)))(stage, interruption);
}
