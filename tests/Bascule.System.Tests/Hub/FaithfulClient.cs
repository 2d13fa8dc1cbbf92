using System.Net.WebSockets;
using System.Text.Json.Nodes;

namespace Bascule.System.Tests;

/// <summary>A client that keeps its cursors and comes back whatever happens. It reads topics whose messages are the numbers from 1, and judges what it gets.</summary>
internal sealed class FaithfulClient(string url, IReadOnlyList<string> topics) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<string, Reading> _readings = topics.ToDictionary(topic => topic, _ => new Reading(), StringComparer.Ordinal);
    private readonly TaskCompletionSource _subscribed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopped = new();
    private volatile HubSocket? _socket;
    private Task _running = Task.CompletedTask;

    /// <summary>All topics are subscribed for the first time.</summary>
    internal Task Subscribed => _subscribed.Task;

    internal int Connections { get; private set; }

    internal int Resumes { get; private set; }

    internal List<string> Gaps { get; } = [];

    internal List<string> Faults { get; } = [];

    internal bool Has(int number) => _readings.Values.All(reading => Volatile.Read(ref reading.Last) == number);

    internal void Start() => _running = RunAsync();

    /// <summary>Cuts the connection: no close frame, no goodbye.</summary>
    internal void Cut() => _socket?.Abort();

    internal async Task StopAsync()
    {
        await _stopped.CancelAsync();
        Cut();
        await _running.Soon(() => "A client does not stop.");
    }

    public void Dispose() => _stopped.Dispose();

    public override string ToString() => string.Join("; ", Faults.Concat(_readings.Select(reading => $"{reading.Key} up to {reading.Value.Last}")));

    private async Task RunAsync()
    {
        while (!_stopped.IsCancellationRequested)
        {
            try
            {
                using var socket = await HubSocket.ConnectAsync(url);
                _socket = socket;
                Connections++;
                await ReadAsync(socket);
            }
            catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
            {
                // Refused, cut or killed: it comes back.
                await Task.Delay(Pause, TimeProvider.System, CancellationToken.None);
            }
        }
    }

    private async Task ReadAsync(HubSocket socket)
    {
        var asked = new JsonArray([.. _readings.Select(reading => new JsonObject { ["topic"] = reading.Key, ["cursor"] = reading.Value.Cursor })]);
        foreach (var one in asked.Where(one => one!["cursor"] is null))
            one!.AsObject().Remove("cursor");
        await socket.SendAsync(new JsonObject { ["type"] = "subscribe", ["topics"] = asked }.ToJsonString());
        while (!_stopped.IsCancellationRequested && await socket.ReceiveAsync() is { } message)
        {
            if ((string?)message["topic"] is { } topic)
                Take(message, _readings[topic]);
            else if ((string?)message["type"] == "error")
                Faults.Add(message.ToJsonString());
        }
    }

    private void Take(JsonNode message, Reading reading)
    {
        switch ((string)message["type"]!)
        {
            case "message":
                Judge((int)message["data"]!, reading);
                break;
            case "gap":
                Gaps.Add((string)message["reason"]!);
                reading.IsGapTold = true;
                break;
            case "resumed":
                Resumes++;
                break;
        }

        if ((string?)message["cursor"] is { } cursor)
            reading.Cursor = cursor;
        if (_readings.Values.All(r => r.Cursor is not null))
            _subscribed.TrySetResult();
    }

    private void Judge(int number, Reading reading)
    {
        if (number <= reading.Last)
            Faults.Add($"{number} came twice, or late: {reading.Last} was there");
        else if (number > reading.Last + 1 && !reading.IsGapTold)
            Faults.Add($"{reading.Last + 1} to {number - 1} are lost without a word");
        reading.IsGapTold = false;
        Volatile.Write(ref reading.Last, number);
    }

    private sealed class Reading
    {
        internal string? Cursor;
        internal int Last;
        internal bool IsGapTold;
    }
}
