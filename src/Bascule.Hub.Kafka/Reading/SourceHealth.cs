using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Bascule.Hub.Kafka;

/// <summary>Knows whether brokers answer and what keeps topics from being read. Told by the reader's and the watch's threads.</summary>
internal sealed class SourceHealth(string brokers, TimeProvider time, ILogger logger)
{
    public const string SourceName = "kafka";
    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _troubles = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _skipped = new(StringComparer.Ordinal);
    private DateTimeOffset _since = time.GetUtcNow();
    private string _lastError = "no answer yet";
    private bool _isConnected;
    private bool _wasToldAway;
    private int _outages;

    /// <summary>Grows with each loss of all brokers: an answer counts only when the loss is older than the question.</summary>
    public int Outages
    {
        get
        {
            lock (_gate)
                return _outages;
        }
    }

    public bool IsConnected
    {
        get
        {
            lock (_gate)
                return _isConnected;
        }
    }

    /// <summary>An error that the client library reports on its own: it goes on trying.</summary>
    public void Hear(Error error)
    {
        if (error.Code == ErrorCode.Local_AllBrokersDown)
        {
            Away(null);
            return;
        }

        lock (_gate)
            _lastError = error.Reason;
    }

    /// <param name="reason">Null: the last error says it.</param>
    public void Away(string? reason)
    {
        lock (_gate)
        {
            _outages++;
            _lastError = reason ?? _lastError;
            if (_isConnected)
                (_isConnected, _since) = (false, time.GetUtcNow());
            if (_wasToldAway)
                return;
            _wasToldAway = true;
            logger.BrokersAway(brokers, _lastError);
        }
    }

    /// <param name="outages">As it was before the brokers were asked.</param>
    public void Answered(int outages)
    {
        lock (_gate)
        {
            if (_isConnected || outages != _outages)
                return;
            var now = time.GetUtcNow();
            logger.BrokersReached(brokers, (now - _since).TotalSeconds);
            (_isConnected, _since, _wasToldAway) = (true, now, false);
        }
    }

    public void Trouble(string topic, string? text)
    {
        lock (_gate)
        {
            var former = _troubles.GetValueOrDefault(topic);
            if (text is null)
                _troubles.Remove(topic);
            else
                _troubles[topic] = text;
            if (text is not null && !text.Equals(former, StringComparison.Ordinal))
                logger.TopicInTrouble(topic, text);
        }
    }

    /// <summary>A record that gives no topic of the hub.</summary>
    public void Skip(string topic)
    {
        lock (_gate)
        {
            var count = _skipped[topic] = _skipped.GetValueOrDefault(topic) + 1;
            if (count == 1)
                logger.RecordsSkipped(topic);
        }
    }

    public long Skipped
    {
        get
        {
            lock (_gate)
                return _skipped.Values.Sum();
        }
    }

    public SourceState Describe(bool isCaughtUp, long? lag)
    {
        lock (_gate)
        {
            var troubles = _troubles.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => $"{t.Key}: {t.Value}")
                .Concat(_skipped.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => $"{s.Key}: {s.Value} records were skipped, their keys give no name of a topic"));
            var text = string.Join("; ", _isConnected ? troubles : troubles.Prepend($"no broker of {brokers} answers: {_lastError}"));
            return new SourceState(SourceName, _isConnected, isCaughtUp, _isConnected ? lag : null, _since, text.Length == 0 ? null : text);
        }
    }
}
