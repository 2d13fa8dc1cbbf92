using System.Globalization;
using System.Text;
using Bascule.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bascule.Terminal.Tests;

/// <summary>A host with real processes, and a clock that runs or stands.</summary>
internal sealed class TerminalHost(TimeProvider time) : IAsyncDisposable
{
    private readonly List<Terminal> _terminals = [];
    private int _lastId;

    public TerminalHost()
        : this(TimeProvider.System)
    {
    }

    public string Mark { get; } = Guid.NewGuid().ToString("N");

    public PtyReactor Reactor { get => field ??= new PtyReactor(Mark, NullLogger.Instance); init; }

    public TerminalOrder Order(params string[] command) => new()
    {
        Id = $"{Mark}-{Interlocked.Increment(ref _lastId).ToString(CultureInfo.InvariantCulture)}",
        Command = command,
        Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PS1"] = "$ ", ["LANG"] = "C.UTF-8" },
    };

    public Terminal Start(TerminalOrder order)
    {
        var terminal = Terminal.Start(order, Reactor, NullLogger.Instance, time);
        lock (_terminals)
            _terminals.Add(terminal);
        return terminal;
    }

    /// <summary>A shell script on a terminal.</summary>
    public Terminal StartShell(string script) => Start(Order("sh", "-c", script));

    /// <summary>A shell script as a one-shot command.</summary>
    public Terminal StartCommand(string script) => Start(Order("sh", "-c", script) with { Tty = false });

    public async ValueTask DisposeAsync()
    {
        // Whatever a failed test left behind: its clock may stand, so nothing is asked politely.
        Leftovers.KillOfHost(Mark);
        foreach (var terminal in _terminals)
            await Clock.RunUntilAsync(time, terminal.DisposeAsync().AsTask());
        Reactor.Dispose();
    }
}

/// <summary>Clocks that stand are moved while something is waited for.</summary>
internal static class Clock
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private const int MostSteps = 5000;

    public static async Task RunUntilAsync(TimeProvider time, Task task)
    {
        for (var step = 0; step < MostSteps && time is ManualTime manual && !task.IsCompleted; step++)
        {
            manual.Advance(Step);
            await Task.WhenAny(task, Task.Delay(Pause, TimeProvider.System));
        }

        await task.Soon();
    }
}

/// <summary>Reads rings as clients do.</summary>
internal static class Reading
{
    /// <summary>All of it, from its first byte to its end.</summary>
    public static async Task<byte[]> ReadAllAsync(this OutputRing ring, Action<long>? read = null)
    {
        var all = new MemoryStream();
        var buffer = new byte[16 << 10];
        while (true)
        {
            var isComplete = ring.IsComplete;
            var count = ring.Read(all.Length, buffer);
            Assert.True(count >= 0, $"{all.Length} is gone, {ring.Start} is the first.");
            all.Write(buffer, 0, count);
            read?.Invoke(all.Length);
            if (count == 0 && isComplete)
                return all.ToArray();
            if (count == 0)
                await ring.WaitAsync(all.Length, CancellationToken.None).AsTask().Soon();
        }
    }

    public static async Task<string> ReadTextAsync(this OutputRing ring) => Encoding.UTF8.GetString(await ring.ReadAllAsync());

    /// <summary>What is there once <paramref name="text"/> came.</summary>
    public static async Task<string> ReadUntilAsync(this OutputRing ring, string text)
    {
        while (true)
        {
            var isComplete = ring.IsComplete;
            var end = ring.End;
            var start = ring.Start;
            var buffer = new byte[end - start];
            var all = Encoding.UTF8.GetString(buffer.AsSpan(0, Math.Max(ring.Read(start, buffer), 0)));
            if (all.Contains(text, StringComparison.Ordinal))
                return all;
            Assert.False(isComplete, $"It ended without `{text}`: {all}");
            try
            {
                await ring.WaitAsync(end, CancellationToken.None).AsTask().Soon();
            }
            catch (TimeoutException)
            {
                Assert.Fail($"`{text}` did not come: {all}");
            }
        }
    }

    /// <summary>Its processes that are not over; a dead one that nobody has reaped yet has no environment any more.</summary>
    public static List<int> Processes(this Terminal terminal)
    {
        var buffer = ProcessTable.MakeBuffer();
        return [.. ProcessTable.Others().Where(p => ProcessTable.VariableOf(p, ChildEnvironment.SessionMark, buffer) == terminal.Order.Id)];
    }

    public static Task TypeAsync(this Terminal terminal, string text) => terminal.WriteAsync(Encoding.UTF8.GetBytes(text), CancellationToken.None).Soon();
}
