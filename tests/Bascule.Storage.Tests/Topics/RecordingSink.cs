using System.Text;
using Bascule.Hub;

namespace Bascule.Storage.Tests;

/// <summary>Keeps all that a source gives, in its order.</summary>
internal sealed class RecordingSink : IMessageSink
{
    private readonly Lock _gate = new();
    private readonly List<string> _events = [];
    private readonly List<SourceMessage> _messages = [];
    private readonly List<SourceLog> _logs = [];
    private readonly List<SourceState> _states = [];

    /// <summary>In words: <c>begin NAME</c>, <c>TOPIC=PAYLOAD</c>, <c>end REASON</c>, <c>advance</c>.</summary>
    internal IReadOnlyList<string> Events => Copy(_events);

    internal IReadOnlyList<SourceMessage> Messages => Copy(_messages);

    internal IReadOnlyList<SourceLog> Logs => Copy(_logs);

    internal SourceState State => Copy(_states)[^1];

    internal IReadOnlyList<SourceState> States => Copy(_states);

    internal IEnumerable<string> Texts => Messages.Select(m => Encoding.UTF8.GetString(m.Payload.Span));

    internal Task CatchesUpAsync() => Eventually.IsTrueAsync(() => States is [.., { IsConnected: true, IsCaughtUp: true }]);

    internal Task IsLostAsync() => Eventually.IsTrueAsync(() => States is [.., { IsConnected: false, Trouble: not "it was not reached yet" }]);

    internal Task HasAsync(int messages) => Eventually.IsTrueAsync(() => Messages.Count >= messages);

    internal Task HearsAsync(string happening) => Eventually.IsTrueAsync(() => Events.Contains(happening));

    public void Begin(SourceLog log)
    {
        lock (_gate)
        {
            _logs.Add(log);
            _events.Add($"begin {log.Name}");
        }
    }

    public void Append(ReadOnlySpan<SourceMessage> batch)
    {
        lock (_gate)
        {
            foreach (var message in batch)
            {
                Assert.Contains(_logs, log => log.Id == message.Position.Log);
                _messages.Add(message);
                _events.Add($"{message.Topic}={Encoding.UTF8.GetString(message.Payload.Span)}");
            }
        }
    }

    public void Advance(LogId log, int partition, long offset)
    {
        lock (_gate)
            _events.Add("advance");
    }

    public void End(LogId log, GapReason why)
    {
        lock (_gate)
            _events.Add($"end {why}");
    }

    public void Report(SourceState state)
    {
        lock (_gate)
            _states.Add(state);
    }

    private List<T> Copy<T>(List<T> list)
    {
        lock (_gate)
            return [.. list];
    }
}
