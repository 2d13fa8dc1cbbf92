using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bascule.Sessions.Tests;

/// <summary>A desk on the runner of processes.</summary>
internal sealed class LocalGateway : ISessionWitness, IAsyncDisposable
{
    internal LocalGateway(ISessionStore store, ISessionRunner runner, TimeProvider time) =>
        Desk = new SessionDesk(new SessionPorts(store, runner, this, id => $"key of {id}"), () => new SessionRules(), time, NullLogger<SessionDesk>.Instance);

    internal SessionDesk Desk { get; }

    internal ConcurrentQueue<WriterChange> Writers { get; } = new();

    internal async Task<SessionRecord> BecomesAsync(SessionId id, SessionState state)
    {
        SessionRecord? found = null;
        await Waiting.UntilAsync(async () => (found = await Desk.FindAsync(id, CancellationToken.None))?.State == state);
        return found!;
    }

    public void Created(SessionRecord record, SessionCaller caller)
    {
    }

    public void Refused(SessionCaller caller, SessionRequest request, CreateRefusal refusal)
    {
    }

    public void Running(SessionRecord record)
    {
    }

    public void Ended(SessionRecord record, SessionCaller? by)
    {
    }

    public void WriterChanged(SessionRecord record, WriterChange change) => Writers.Enqueue(change);

    public ValueTask DisposeAsync() => Desk.DisposeAsync();
}
