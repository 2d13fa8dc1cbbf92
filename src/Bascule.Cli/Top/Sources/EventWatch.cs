using System.Collections.Concurrent;
using System.Text.Json;

namespace Bascule.Cli;

/// <summary>Follows the events of a gateway, and connects again when the stream breaks. Begins when somebody wants to see them.</summary>
internal sealed class EventWatch(GatewaySource gateway, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(2);

    /// <summary>Until they are taken, once a second; what is more is told as missed.</summary>
    private const int MostWaiting = 2000;

    private readonly ConcurrentQueue<TopEvent> _waiting = new();
    private readonly CancellationTokenSource _ending = new();
    private Task _following = Task.CompletedTask;
    private bool _begun;
    private int _missed;

    /// <summary>Twice is once.</summary>
    internal void Begin()
    {
        if (_begun)
            return;
        _begun = true;
        _following = FollowAsync(_ending.Token);
    }

    /// <summary>What came since the last time, the oldest first.</summary>
    internal IEnumerable<TopEvent> Take()
    {
        while (_waiting.TryDequeue(out var happened))
            yield return happened;
        if (Interlocked.Exchange(ref _missed, 0) is > 0 and var missed)
            yield return new TopEvent(time.GetUtcNow(), "missed", $"{missed} more came than can be shown", null);
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
    }

    private async Task FollowAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await ReadAsync(cancellation);
                Add("stream", "the gateway ended the stream of events", null);
            }
            catch (AdminFault fault)
            {
                Add("stream", fault.Message, null);
            }

            await Task.Delay(Again, time, cancellation);
        }
    }

    private async Task ReadAsync(CancellationToken cancellation)
    {
        var name = "";
        await foreach (var line in gateway.EventLinesAsync(cancellation))
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
                name = line["event: ".Length..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
                Read(name, line["data: ".Length..]);
        }
    }

    /// <summary>Whatever it is made of, so that events of newer gateways show, too.</summary>
    private void Read(string name, string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var members = document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.EnumerateObject().ToList() : [];
            var attempt = members.Find(m => m.NameEquals("attempt")) is { Value.ValueKind: JsonValueKind.String } found ? found.Value.GetString() : null;
            var told = members.Where(m => !m.NameEquals("attempt") && m.Value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.Null));
            Add(name, string.Join("  ", told.Select(m => $"{m.Name}={m.Value}")), attempt);
        }
        catch (JsonException e)
        {
            Add(name, $"cannot be read: {e.Message}", null);
        }
    }

    private void Add(string name, string text, string? attempt)
    {
        if (_waiting.Count >= MostWaiting)
            Interlocked.Increment(ref _missed);
        else
            _waiting.Enqueue(new TopEvent(time.GetUtcNow(), name, text, attempt));
    }
}
