namespace Bascule.Hub;

/// <summary>One client's place in a stream.</summary>
public sealed partial class Subscription
{
}
