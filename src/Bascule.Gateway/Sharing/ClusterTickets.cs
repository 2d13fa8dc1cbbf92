using Bascule.Admission;
using Bascule.Cluster;

namespace Bascule.Gateway;

/// <summary>Tickets that any gateway may take, though another one issued them. While the storage is away this gateway takes those that it issued itself since.</summary>
public sealed class ClusterTickets(IClusterStore store, ITicketStore own, int mostOfOwner) : ITicketStore
{
    public async ValueTask PutAsync(string hash, string payload, string owner, TimeSpan life, CancellationToken cancellation)
    {
        try
        {
            if (await store.PutTicketAsync(new Ticket(hash, payload, owner, life), mostOfOwner, cancellation))
                return;
        }
        catch (StoreUnavailableException)
        {
            // Kept here below; the state of the cluster says that the storage is away.
        }

        await own.PutAsync(hash, payload, owner, life, cancellation);
    }

    public async ValueTask<string?> TakeAsync(string hash, CancellationToken cancellation)
    {
        if (await own.TakeAsync(hash, cancellation) is { } kept)
            return kept;
        try
        {
            return await store.TakeTicketAsync(hash, cancellation);
        }
        catch (StoreUnavailableException)
        {
            // Nobody can know whether it was used: it counts as unknown, and the client asks for a new one, which is kept here.
            return null;
        }
    }
}
