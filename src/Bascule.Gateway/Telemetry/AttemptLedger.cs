using Bascule.Relay;
using Bascule.Settings;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>Writes down what becomes of an attempt everywhere where it is kept: log, audit, trace. Metrics and journal are the stages' own.</summary>
public sealed class AttemptLedger(ILogger<AttemptLedger> log, AuditLog audit, AttemptTracing? tracing, EventFeed events)
{
    /// <summary>The attempt begins; its trace too, where somebody wants it.</summary>
    public void Begun(Passage passage) => passage.Span = tracing?.Begin(passage.Attempt, passage.Head);

    /// <summary>The client got its 101.</summary>
    public void Opened(Passage passage)
    {
        AttemptLog.Opened(log, passage.Attempt);
        audit.Write(AuditEntries.Opened(passage.Attempt));
        events.Opened(passage.Attempt);
        passage.Span?.Opened(passage.Attempt, passage.Match.Nearest?.Settings.Path);
    }

    /// <summary>Who is told of each message of the connection; null where the route does not ask for it.</summary>
    internal Action<MessageSeen>? MessagesOf(Attempt attempt, RouteSettings route, TimeProvider time) =>
        route.AuditMessages ? message => audit.Write(AuditEntries.Passed(attempt, message, time.GetUtcNow())) : null;

    /// <summary>The end of its connection, or its refusal. Call it after <see cref="Attempt.Finish"/>.</summary>
    public void Over(Passage passage)
    {
        AttemptLog.Over(log, passage.Attempt);
        audit.Write(AuditEntries.Over(passage.Attempt));
        events.Over(passage.Attempt);
        passage.Span?.Over(passage.Attempt, passage.Match.Nearest?.Settings.Path);
    }
}
