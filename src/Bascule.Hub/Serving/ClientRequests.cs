using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Hub;

/// <summary>Does what the messages of a client ask for. One at a time; answers of publishes may come later and in another order.</summary>
internal sealed class ClientRequests(HubConnection owner, TopicHub hub, HubTerms terms, IHubDoor door) : IAsyncDisposable
{
    /// <summary>A client that is wrong so often does not learn from errors.</summary>
    private const int MostErrors = 20;

    /// <summary>Publishes under way at once; the next one waits for the first of them.</summary>
    private const int MostPublishes = 64;

    private readonly CancellationTokenSource _over = new();
    private readonly Queue<Task> _publishing = new();
    private int _errors;

    /// <summary>What may be read and written; changed by a new token.</summary>
    internal HubGrants Grants { get; private set; } = terms.Grants;

    internal async ValueTask HandleAsync(ReadOnlyMemory<byte> text)
    {
        if (!ClientMessage.TryParse(text.Span, out var message, out var fault))
        {
            Refuse(fault!);
            return;
        }

        switch (message!.Kind)
        {
            case ClientMessageKind.Subscribe:
                foreach (var start in message.Topics)
                    Subscribe(message.Id, start);
                break;
            case ClientMessageKind.Unsubscribe:
                Unsubscribe(message);
                break;
            case ClientMessageKind.Publish:
                await PublishAsync(message);
                break;
            case ClientMessageKind.Token:
                await RenewAsync(message);
                break;
            case ClientMessageKind.Presence:
                AskPresence(message);
                break;
            default:
                owner.Sender.Post(Opcode.Text, ServerMessages.Pong(message.Id));
                break;
        }
    }

    internal ValueTask RefuseBinary()
    {
        Refuse(new ClientFault(ClientFault.NotText, "Messages are JSON in text frames; this one was binary."));
        return ValueTask.CompletedTask;
    }

    /// <summary>Subscribes for a client, or says why not.</summary>
    internal void Subscribe(string? id, TopicStart start)
    {
        var name = start.Name;
        if (!Grants.Read.Allows(name))
            Refuse(new ClientFault(ClientFault.Forbidden, "The token does not allow to read it.", id), name);
        else if (owner.Sender.Topics.Find(name) is not null)
            Refuse(new ClientFault(ClientFault.AlreadySubscribed, "It is subscribed already; unsubscribe first, and wait for the answer.", id), name);
        else if (owner.Sender.Topics.Count >= terms.MostSubscriptions)
            Refuse(new ClientFault(ClientFault.TooManySubscriptions, $"At most {terms.MostSubscriptions} topics and patterns at once.", id), name);
        else if (hub.Subscribe(name, terms.Format, start.From, owner.Sender) is { } subscription)
            Begin(id, new ClientSubscription(subscription, name));
        else
            Refuse(new ClientFault(ClientFault.HubFull, "The shard has as many topics as it can hold.", id), name);
    }

    /// <summary>Other grants from now on: what may not be read any more ends, and the client is told.</summary>
    internal void Change(HubGrants grants)
    {
        Grants = grants;
        owner.Presence.Narrow(owner, grants.Read);
        foreach (var one in owner.Sender.Topics.All())
        {
            if (!grants.Read.Allows(one.Name))
                End(one, Copy(ServerMessages.Forbidden(one.Name, one.Subscription.At.ToString())));
        }
    }

    /// <summary>The connection is ending: no answer is waited for any more.</summary>
    internal Task CancelAsync() => _over.CancelAsync();

    /// <summary>After the last message was handled.</summary>
    public async ValueTask DisposeAsync()
    {
        owner.Presence.Leave(owner);
        await Task.WhenAll(_publishing);
        _over.Dispose();
    }

    private void Begin(string? id, ClientSubscription one)
    {
        owner.Sender.Topics.Add(one);
        // The answer stands before the first message: only a subscription with its tag is sent from.
        if (terms.SpeaksBascule)
            owner.Sender.Own.Post(Opcode.Text, ServerMessages.Subscribed(id, one.Name, one.Subscription.At.ToString(), one.Subscription.Resume.Kind));
        one.Subscription.Tag = one;
        owner.Sender.Ready(one);
        owner.Presence.Join(owner, one.Name);
    }

    private void Unsubscribe(ClientMessage message)
    {
        if (owner.Sender.Topics.Find(message.Topic) is { LastWords: null } one)
            End(one, Copy(ServerMessages.Unsubscribed(message.Id, message.Topic)));
        else
            Refuse(new ClientFault(ClientFault.NotSubscribed, "It is not subscribed.", message.Id), message.Topic);
    }

    private void End(ClientSubscription one, byte[] words)
    {
        one.LastWords = words;
        owner.Sender.Ready(one);
        owner.Presence.Leave(owner, one.Name);
    }

    private async ValueTask PublishAsync(ClientMessage message)
    {
        if (!Grants.Write.Allows(message.Topic))
        {
            Refuse(new ClientFault(ClientFault.Forbidden, "The token does not allow to publish to it.", message.Id), message.Topic);
            return;
        }

        while (_publishing.TryPeek(out var first) && (first.IsCompleted || _publishing.Count >= MostPublishes))
            await _publishing.Dequeue();

        _publishing.Enqueue(AnswerPublishAsync(message));
    }

    private async Task AnswerPublishAsync(ClientMessage message)
    {
        try
        {
            var result = await door.PublishAsync(message.Topic, message.Key, message.Payload, message.Id!, _over.Token);
            if (result.Fault is { } fault)
                Refuse(fault with { Id = message.Id }, message.Topic);
            else
                owner.Sender.Post(Opcode.Text, ServerMessages.Published(message.Id!, result.Cursor));
        }
        catch (OperationCanceledException) when (_over.IsCancellationRequested)
        {
            // Nobody waits for the answer any more.
            return;
        }
    }

    private async ValueTask RenewAsync(ClientMessage message)
    {
        try
        {
            var result = await door.RenewAsync(message.Token, _over.Token);
            if (result.Refusal is { } refusal)
                Refuse(new ClientFault(ClientFault.TokenRefused, refusal, message.Id));
            else if (owner.Renew(result.Expires, result.Grants))
                owner.Sender.Post(Opcode.Text, ServerMessages.Renewed(message.Id, result.Expires));
            else
                Refuse(new ClientFault(ClientFault.TokenRefused, "The token has expired.", message.Id));
        }
        catch (OperationCanceledException) when (_over.IsCancellationRequested)
        {
            // Nobody waits for the answer any more.
            return;
        }
    }

    private void AskPresence(ClientMessage message)
    {
        if (!Grants.Read.Allows(message.Topic))
            Refuse(new ClientFault(ClientFault.Forbidden, "The token does not allow to read it.", message.Id), message.Topic);
        else if (!owner.Presence.TryWatch(owner, message.Topic, message.Id))
            Refuse(new ClientFault(ClientFault.PresenceOff, "Presence is switched off for the topic, or as many watch it as may.", message.Id), message.Topic);
    }

    private void Refuse(ClientFault fault, string? topic = null)
    {
        owner.Sender.Post(Opcode.Text, ServerMessages.Error(fault.Id, fault.Code, fault.Text, topic));
        if (Interlocked.Increment(ref _errors) == MostErrors)
            owner.End(new Ending(EndReasons.BadMessages, $"{MostErrors} messages were refused, the last one with {fault.Code}", $"limit={MostErrors}; last={fault.Code}"));
    }

    private static byte[] Copy(ReadOnlySpan<byte> message) => message.ToArray();
}
