namespace Bascule.Sessions;

/// <summary>Hears what happens to sessions, for audit and metrics: each event once, at the gateway that wrote it down. Does not block and does not throw.</summary>
public interface ISessionWitness
{
    /// <summary>The record is written; it begins to start.</summary>
    void Created(SessionRecord record, SessionCaller caller);

    void Refused(SessionCaller caller, SessionRequest request, CreateRefusal refusal);

    /// <summary>It runs: <see cref="SessionRecord.StartedAt"/> is set.</summary>
    void Running(SessionRecord record);

    /// <summary>It is over: <see cref="SessionRecord.End"/> says why; when it was never started, <see cref="SessionRecord.StartedAt"/> is null.</summary>
    /// <param name="by">Who deleted it; null when it ended in any other way.</param>
    void Ended(SessionRecord record, SessionCaller? by);

    /// <summary>Another client of it writes now.</summary>
    void WriterChanged(SessionRecord record, WriterChange change);
}
