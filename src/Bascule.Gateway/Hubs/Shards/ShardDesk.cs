using Bascule.Hub;
using Bascule.Model;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>Answers what shards ask on behalf of their clients: tokens, and messages to publish.</summary>
internal sealed class ShardDesk(TokenRenewal renewal, HubPublisher publisher, LocalLog published, PresenceBoard presence, ILogger log)
{
    /// <summary>What every shard gets, besides what it reads itself.</summary>
    internal LocalLog Published => published;

    /// <summary>Where the clients of all shards are counted.</summary>
    internal PresenceBoard Presence => presence;

    /// <summary>Called on the thread that reads the line: what takes time goes on elsewhere.</summary>
    internal void Answer(HandoverLink link, ShardQuestion question) => _ = AnswerAsync(link, question);

    /// <summary>Never throws: a question that fails is answered, too.</summary>
    private async Task AnswerAsync(HandoverLink link, ShardQuestion question)
    {
        ShardAnswer answer;
        try
        {
            answer = question.Token is { } token ? await RenewAsync(question, token) : await PublishAsync(question);
        }
        catch (Exception e)
        {
            log.ShardQuestionFailed(question.Attempt, e);
            answer = Refuse(question, new Ending(EndReasons.GatewayFault, e.GetType().Name));
        }

        link.Say(ShardFrame.Answer, answer, ShardJson.Default.ShardAnswer);
    }

    private async Task<ShardAnswer> RenewAsync(ShardQuestion question, string token)
    {
        _ = AttemptId.TryParse(question.Attempt, out var id);
        var (connection, refusal) = await renewal.RenewAsync(id, token, CancellationToken.None);
        if (refusal is { } why)
            return Refuse(question, why);
        var rights = HubRights.Of((TopicDestination)connection!.Route.Destination, connection.Identity);
        return new ShardAnswer(question.Number, null, null, connection.ExpiresAt, rights.Read, rights.Write, null);
    }

    private async Task<ShardAnswer> PublishAsync(ShardQuestion question)
    {
        var outcome = await publisher.PublishAsync(question.Topic!, question.Key, question.Payload, question.Id, CancellationToken.None);
        return outcome.Fault is { } fault ? Refuse(question, fault) : new ShardAnswer(question.Number, null, null, null, null, null, outcome.Cursor);
    }

    private static ShardAnswer Refuse(ShardQuestion question, Ending why) => new(question.Number, why.Reason.Label, why.Detail ?? why.Reason.Text, null, null, null, null);
}
