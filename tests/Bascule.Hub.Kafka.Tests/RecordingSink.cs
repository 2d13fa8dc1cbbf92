namespace Bascule.Hub.Kafka.Tests;

/// <summary>Keeps what a source gives, and finds at once what may never be: a message before its log, twice, or out of order.</summary>
internal sealed class RecordingSink : IMessageSink
{
    private readonly Lock _gate = new();
    private readonly List<SourceMessage> _messages = [];
    private readonly List<SourceLog> _begun = [];
    private readonly List<(LogId Log, GapReason Why)> _ended = [];
    private readonly List<SourceState> _states = [];
    private readonly Dictionary<(LogId, int), long> _ends = [];
    private readonly List<string> _faults = [];

    /// <summary>Held back while it is not set: a hub that is slow.</summary>
    public ManualResetEventSlim Gate { get; } = new(initialState: true);

    public IReadOnlyList<SourceMessage> Messages => Copy(_messages);

    public IReadOnlyList<SourceLog> Begun => Copy(_begun);

    public IReadOnlyList<(LogId Log, GapReason Why)> Ended => Copy(_ended);

    public IReadOnlyList<SourceState> States => Copy(_states);

    public IReadOnlyList<string> Faults => Copy(_faults);

    public int Count
    {
        get
        {
            lock (_gate)
                return _messages.Count;
        }
    }

    public SourceState? State => States is [.., var last] ? last : null;

    public IEnumerable<string> Texts => Messages.Select(m => System.Text.Encoding.UTF8.GetString(m.Payload.Span));

    public long EndOf(LogId log, int partition)
    {
        lock (_gate)
            return _ends.GetValueOrDefault((log, partition), -1);
    }

    public void Begin(SourceLog log)
    {
        lock (_gate)
        {
            _begun.Add(log);
            foreach (var (partition, from) in log.From)
                _ends.TryAdd((log.Id, partition), from - 1);
        }
    }

    public void Append(ReadOnlySpan<SourceMessage> batch)
    {
        Gate.Wait();
        lock (_gate)
        {
            foreach (var message in batch)
            {
                Move(message.Position.Log, message.Position.Partition, message.Position.Offset);
                _messages.Add(message);
            }
        }
    }

    public void Advance(LogId log, int partition, long offset)
    {
        lock (_gate)
            Move(log, partition, offset);
    }

    public void End(LogId log, GapReason why)
    {
        lock (_gate)
        {
            _ended.Add((log, why));
            foreach (var key in _ends.Keys.Where(k => k.Item1 == log).ToList())
                _ends.Remove(key);
        }
    }

    public void Report(SourceState state)
    {
        lock (_gate)
            _states.Add(state);
    }

    public Task UntilAsync(Func<RecordingSink, bool> holds) => Waiting.UntilAsync(() => holds(this));

    private void Move(LogId log, int partition, long offset)
    {
        if (!_ends.TryGetValue((log, partition), out var end))
            _faults.Add($"{partition}@{offset} before its log began");
        else if (offset <= end)
            _faults.Add($"{partition}@{offset} after {end}");
        _ends[(log, partition)] = offset;
    }

    private List<T> Copy<T>(List<T> list)
    {
        lock (_gate)
            return [.. list];
    }
}
