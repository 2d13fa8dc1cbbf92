namespace Bascule.Hub;

/// <summary>What a token is worth.</summary>
/// <param name="Expires">Null: never.</param>
/// <param name="Refusal">Why it is not taken, for the client; null when it is.</param>
public readonly record struct RenewResult(DateTimeOffset? Expires, HubGrants Grants, string? Refusal = null);

/// <summary>What became of a publish.</summary>
/// <param name="Cursor">Where the message stands; null: its source does not say.</param>
/// <param name="Fault">Why it was not taken; null when it was. The connection adds the id.</param>
public readonly record struct PublishResult(string? Cursor, ClientFault? Fault = null);

/// <summary>What a connection needs of the gateway. One for each connection.</summary>
public interface IHubDoor
{
    /// <summary>What the client shows when it comes back: asked for at the welcome and at the goodbye.</summary>
    string ResumeToken { get; }

    /// <summary>Judges a token that the client brings before its old one expires.</summary>
    ValueTask<RenewResult> RenewAsync(string token, CancellationToken cancellation);

    /// <summary>Publishes what the client may publish. Called in the order of the client; the answers may come in another.</summary>
    /// <param name="id">The client's own, for a publish that it repeats.</param>
    ValueTask<PublishResult> PublishAsync(string topic, string? key, ReadOnlyMemory<byte> payload, string id, CancellationToken cancellation);
}
