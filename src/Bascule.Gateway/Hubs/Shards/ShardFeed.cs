using System.Threading.Channels;
using Bascule.Hub;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>Gives one shard what is published through the gateway: first what is remembered, then what comes, as fast as the shard reads and no faster.</summary>
/// <remarks>Nothing is kept for it: what is forgotten before a shard that hangs could read it is a gap for its clients, and they are told.</remarks>
internal sealed class ShardFeed
{
    /// <summary>Above it the next piece waits: the line is there for clients and orders, too.</summary>
    internal const int MostWaitingBytes = 1024 * 1024;

    private const int PieceBytes = 256 * 1024;

    /// <summary>Before the first message of the line, whose offset the shard is told.</summary>
    private const long NotBegun = -1;

    private readonly HandoverLink _link;
    private readonly LocalLog _published;
    private readonly string _shard;
    private readonly Action _caughtUp;
    private readonly ILogger _log;
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private long _next = NotBegun;
    private long _target;

    /// <param name="caughtUp">Called when the shard's line has all that was there when this began, or when it was asked last.</param>
    internal ShardFeed(HandoverLink link, LocalLog published, string shard, Action caughtUp, ILogger log)
    {
        _link = link;
        _published = published;
        _shard = shard;
        _caughtUp = caughtUp;
        _log = log;
        _target = published.Next;
    }

    /// <summary>False while a client that comes new would see old messages as new ones.</summary>
    internal bool IsCaughtUp => Volatile.Read(ref _next) >= Volatile.Read(ref _target);

    /// <summary>Never awaited: it ends with the link.</summary>
    internal void Start() => _ = RunAsync();

    /// <summary>A shard that did not read is behind by all that was published meanwhile.</summary>
    internal void Retarget() => Volatile.Write(ref _target, _published.Next);

    /// <summary>The link is over.</summary>
    internal void Stop() => _news.Writer.TryComplete();

    /// <summary>Never throws.</summary>
    private async Task RunAsync()
    {
        // The thread that reads the line has other things to do.
        await Task.Yield();
        _published.Published += Wake;
        try
        {
            while (GiveMore(out var isAll))
            {
                if (!isAll)
                    await _link.RoomAsync(MostWaitingBytes);
                else if (!await _news.Reader.WaitToReadAsync())
                    return;
                else
                    _news.Reader.TryRead(out _);
            }
        }
        catch (Exception e)
        {
            // Without its messages the shard would be of no use, and nobody would know.
            _log.FeedFailed(_shard, e);
            _link.Close($"messages could not be given: {e.GetType().Name}");
        }
        finally
        {
            _published.Published -= Wake;
        }
    }

    private void Wake() => _news.Writer.TryWrite(true);

    /// <returns>False when the link is over.</returns>
    private bool GiveMore(out bool isAll)
    {
        var piece = _published.Read(_next, PieceBytes);
        isAll = piece.Messages.Count == 0;
        if (piece.First != _next)
        {
            if (_next != NotBegun)
                _log.MessagesNotGiven(_shard, piece.First - _next);
            // What the shard does not find between the last message and this is a gap for its clients.
            if (!SayFrom(piece.First))
                return false;
        }

        if (!isAll && !Say(piece))
            return false;
        var wasCaughtUp = IsCaughtUp;
        Volatile.Write(ref _next, piece.First + piece.Messages.Count);
        if (!wasCaughtUp && IsCaughtUp)
            _caughtUp();
        return _link.IsOpen;
    }

    private bool Say(LogPiece piece)
    {
        var frame = MessageFrames.Write([.. piece.Messages]);
        if (frame.Length < HandoverLink.MostFrameBytes)
            return _link.Say(ShardFrame.Messages, frame);
        // One message, too large for the line: left out as if it had been forgotten.
        _log.MessagesNotGiven(_shard, piece.Messages.Count);
        return SayFrom(piece.First + piece.Messages.Count);
    }

    private bool SayFrom(long first) => _link.Say(ShardFrame.Log, new LogOrder(_published.Id.Value, LocalLog.Name, first), ShardJson.Default.LogOrder);
}
