using Bascule.Hub;
using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>What a connection of this process's own hub asks of the gateway.</summary>
internal sealed class OwnHubDoor(AttemptId attempt, string session, string? subject, TopicDestination route, HubRoom room) : IHubDoor
{
    public string ResumeToken => room.Resumes.Issue(session, subject);

    public async ValueTask<RenewResult> RenewAsync(string token, CancellationToken cancellation)
    {
        var (connection, refusal) = await room.Renewal.RenewAsync(attempt, token, cancellation);
        return refusal is { } why
            ? new RenewResult(null, HubGrants.None, why.Detail ?? why.Reason.Text)
            : new RenewResult(connection!.ExpiresAt, HubRights.Of(route, connection.Identity).ToGrants());
    }

    public async ValueTask<PublishResult> PublishAsync(string topic, string? key, ReadOnlyMemory<byte> payload, string id, CancellationToken cancellation)
    {
        // The ids of one client mean nothing to another.
        var published = await room.Publisher.PublishAsync(topic, key, payload, $"{session}:{id}", cancellation);
        return published.Fault is { } fault ? new PublishResult(null, new ClientFault(fault.Reason.Label, fault.Detail ?? fault.Reason.Text)) : new PublishResult(published.Cursor);
    }
}
