namespace Bascule.Hub;

/// <summary>What stands in the queue of a send loop.</summary>
internal interface ISendTurn
{
    /// <summary>Of the send loop alone.</summary>
    void Turn();
}
