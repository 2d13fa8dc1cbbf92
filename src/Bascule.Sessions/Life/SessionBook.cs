namespace Bascule.Sessions;

/// <summary>Changes records by compare-and-set, and tells of each change that this gateway made: to who waits, and to the witness.</summary>
internal sealed class SessionBook(SessionPorts ports, SessionWaits waits)
{
    // A record changes a few times in its life; who loses so often in a row meets a store that lies.
    private const int MostTries = 30;

    /// <param name="step">Gives the next record, or null when nothing is to change.</param>
    /// <returns>The record as it is then, and whether this call changed it; null when there is none.</returns>
    /// <exception cref="SessionStoreException"/>
    internal async Task<(SessionRecord Record, bool IsOurs)?> ChangeAsync(
        SessionId id, Func<SessionRecord, SessionRecord?> step, SessionCaller? by, CancellationToken cancellation)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            if (await ports.Store.FindAsync(id, cancellation) is not { } record)
                return null;
            if (step(record) is not { } next)
                return (record, false);
            if (await ports.Store.UpdateAsync(next, cancellation) is not { } written)
                continue;
            waits.Tell(written);
            if (written.State != record.State)
                Witness(written, by);
            return (written, true);
        }

        throw new SessionStoreException($"The record of session {id} was changed by others {MostTries} times in a row.");
    }

    private void Witness(SessionRecord record, SessionCaller? by)
    {
        if (record.State == SessionState.Running)
            ports.Witness.Running(record);
        else
            ports.Witness.Ended(record, by);
    }
}
