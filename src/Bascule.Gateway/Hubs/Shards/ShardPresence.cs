using Bascule.Hub;

namespace Bascule.Gateway;

/// <summary>The gateway's end: what a shard says of its clients goes on the board, and what the board tells goes to the shard. From the beginning of its line to the end.</summary>
public sealed class ShardPresence : IPresenceReader
{
    /// <summary>Far below what a frame may hold: one topic alone has a hundred names at most.</summary>
    private const int MostChars = 256 * 1024;

    private readonly Action<IReadOnlyList<PresenceNews>> _say;
    private readonly PresenceShare _share;

    /// <param name="say">Puts the news on the line, without waiting.</param>
    public ShardPresence(PresenceBoard board, string shard, Action<IReadOnlyList<PresenceNews>> say)
    {
        _say = say;
        _share = board.Enter(shard, this);
    }

    /// <inheritdoc />
    public void Take(IReadOnlyList<PresenceNews> news)
    {
        List<PresenceNews> frame = [];
        var chars = 0;
        foreach (var one in news)
        {
            if (chars > MostChars)
            {
                _say(frame);
                (frame, chars) = ([], 0);
            }

            frame.Add(one);
            chars += one.Topic.Length + one.Users.Sum(user => user.Length) + one.Changes.Sum(change => change.User.Length);
        }

        _say(frame);
    }

    /// <summary>What the shard said.</summary>
    public void Received(PresenceNote note)
    {
        lock (_share.Gate)
        {
            foreach (var (topic, user, connections) in note.Changes)
                _share.Change(topic, user, connections);
            foreach (var topic in note.Watch)
                _share.Watch(topic);
            foreach (var topic in note.Unwatch)
                _share.Unwatch(topic);
        }
    }

    /// <summary>The line is over, and its clients are gone with it.</summary>
    public void Close() => _share.Leave();
}
