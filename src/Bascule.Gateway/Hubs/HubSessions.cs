using System.Collections.Concurrent;
using System.Globalization;
using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>Which connection each session has: the newest. The one before it is ended.</summary>
internal sealed class HubSessions(OpenConnections open)
{
    private readonly ConcurrentDictionary<string, AttemptId> _newest = new(StringComparer.Ordinal);

    internal void Enter(string session, AttemptId attempt)
    {
        AttemptId? old = null;
        _newest.AddOrUpdate(session, attempt, (_, before) =>
        {
            old = before;
            return attempt;
        });
        if (old is { } ended && open.Find(ended) is { } connection)
            connection.TryTell(new Ending(EndReasons.Replaced, string.Create(CultureInfo.InvariantCulture, $"its session came back as attempt {attempt}")), TimeSpan.Zero);
    }

    internal void Leave(string session, AttemptId attempt) => _newest.TryRemove(KeyValuePair.Create(session, attempt));
}
