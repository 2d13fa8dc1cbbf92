namespace Bascule.Hub;

/// <summary>Who has subscriptions.</summary>
public interface ISubscriber
{
    /// <summary>A subscription that had nothing left may have something now, or is to be closed (<see cref="Subscription.TakeOverrun"/>). Called by whoever published, by a fetch or by a
    /// timer, after a read that found nothing; it must be quick and must not block. It may read at once.</summary>
    void DataReady(Subscription subscription);
}
