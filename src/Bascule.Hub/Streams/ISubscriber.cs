namespace Bascule.Hub;

/// <summary>Who has subscriptions.</summary>
public interface ISubscriber
{
    /// <summary>A subscription that had nothing left has something now. Called by whoever published; it must be quick and must not block.</summary>
    void DataReady(Subscription subscription);
}
