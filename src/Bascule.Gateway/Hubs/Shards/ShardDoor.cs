using Bascule.Hub;

namespace Bascule.Gateway;

/// <summary>What a client of a shard asks of the gateway, over the line.</summary>
internal sealed class ShardDoor(TakeOrder order, ResumeTokens resumes, ShardQuestions questions) : IHubDoor
{
    public string ResumeToken => resumes.Issue(order.Session, order.User);

    public async ValueTask<RenewResult> RenewAsync(string token, CancellationToken cancellation)
    {
        var answer = await questions.AskAsync(new ShardQuestion(0, order.Attempt, token, null, null, null, null), cancellation);
        return answer.Fault is null
            ? new RenewResult(answer.ExpiresAt, new HubRights(answer.Read ?? [], answer.Write ?? []).ToGrants())
            : new RenewResult(null, HubGrants.None, answer.Detail ?? answer.Fault);
    }

    public async ValueTask<PublishResult> PublishAsync(string topic, string? key, ReadOnlyMemory<byte> payload, string id, CancellationToken cancellation)
    {
        // The ids of one client mean nothing to another.
        var answer = await questions.AskAsync(new ShardQuestion(0, order.Attempt, null, topic, key, $"{order.Session}:{id}", payload.ToArray()), cancellation);
        return answer.Fault is null ? new PublishResult(answer.Cursor) : new PublishResult(null, new ClientFault(answer.Fault, answer.Detail ?? answer.Fault));
    }
}
