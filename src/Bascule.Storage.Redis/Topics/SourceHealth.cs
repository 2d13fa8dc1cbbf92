using Bascule.Hub;
using Microsoft.Extensions.Logging;

namespace Bascule.Storage.Redis;

/// <summary>How one way of reading is, as the hub and the log hear of it: only changes are told.</summary>
internal sealed class SourceHealth
{
    private readonly string _name;
    private readonly IMessageSink _sink;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private SourceState _state;

    internal SourceHealth(string name, IMessageSink sink, TimeProvider time, ILogger logger)
    {
        (_name, _sink, _time, _logger) = (name, sink, time, logger);
        _state = new SourceState(name, false, false, null, time.GetUtcNow(), "it was not reached yet");
        sink.Report(_state);
    }

    internal bool IsConnected => _state.IsConnected;

    /// <summary>All is well; <paramref name="isCaughtUp"/> never turns false again.</summary>
    internal void Works(bool isCaughtUp)
    {
        if (!_state.IsConnected)
            _logger.TopicsRead(_name);
        Report(_state with
        {
            IsConnected = true,
            IsCaughtUp = _state.IsCaughtUp || isCaughtUp,
            Since = _state.IsConnected ? _state.Since : _time.GetUtcNow(),
            Trouble = null,
        });
    }

    internal void Fails(string trouble, bool isCaughtUp)
    {
        if (_state.IsConnected || _state.Trouble != trouble)
            _logger.TopicsNotRead(_name, trouble);
        Report(_state with { IsConnected = false, IsCaughtUp = _state.IsCaughtUp || isCaughtUp, Since = _state.IsConnected ? _time.GetUtcNow() : _state.Since, Trouble = trouble });
    }

    private void Report(SourceState state)
    {
        if (state == _state)
            return;
        _state = state;
        _sink.Report(state);
    }
}
