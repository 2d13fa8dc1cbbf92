namespace Bascule.Backends;

/// <summary>The right to one connection on one node. Disposing gives it back, once, however often and from wherever that is called.</summary>
public sealed class Slot : IDisposable
{
    private int _givenBack;

    internal Slot(Pool pool, Node node)
    {
        Pool = pool;
        Node = node;
    }

    public Pool Pool { get; }

    public Node Node { get; }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _givenBack, 1) == 0)
            Pool.GiveBack(Node);
    }
}
