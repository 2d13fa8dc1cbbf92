namespace Bascule.Hub;

/// <summary>Messages of one partition with offsets without holes, the oldest first: any of them is found at once.</summary>
internal sealed class MessageRing
{
    private const int UsualLength = 64;

    private SourceMessage?[] _ring = new SourceMessage?[UsualLength];
    private int _first;

    internal int Count { get; private set; }

    internal SourceMessage? Oldest => Count == 0 ? null : this[0];

    /// <param name="index">From the oldest, which is 0.</param>
    internal SourceMessage this[int index] => _ring[(_first + index) & (_ring.Length - 1)]!;

    internal void Add(SourceMessage message)
    {
        if (Count == _ring.Length)
            Grow();
        _ring[(_first + Count++) & (_ring.Length - 1)] = message;
    }

    internal SourceMessage TakeOldest()
    {
        var oldest = this[0];
        _ring[_first] = null;
        _first = (_first + 1) & (_ring.Length - 1);
        Count--;
        return oldest;
    }

    private void Grow()
    {
        var larger = new SourceMessage?[_ring.Length * 2];
        for (var i = 0; i < Count; i++)
            larger[i] = this[i];
        (_ring, _first) = (larger, 0);
    }
}
