namespace Bascule.Admission;

/// <summary>Keeps unused tickets, each of them until it is taken or its life is over.</summary>
/// <remarks>What every implementation promises is proved by <c>TicketStoreContract</c>.</remarks>
public interface ITicketStore
{
    /// <summary>Keeps one. When there is no room, the owner's oldest goes.</summary>
    /// <param name="hash">Names it; the ticket itself is never stored.</param>
    /// <param name="owner">Whose it is: nobody pushes out tickets of others while they have any of their own.</param>
    ValueTask PutAsync(string hash, string payload, string owner, TimeSpan life, CancellationToken cancellation);

    /// <summary>The payload, once: of several that ask at the same time, one gets it. Null when it is unknown, over, or taken.</summary>
    ValueTask<string?> TakeAsync(string hash, CancellationToken cancellation);
}
