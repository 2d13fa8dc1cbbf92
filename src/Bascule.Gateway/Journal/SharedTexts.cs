namespace Bascule.Gateway;

/// <summary>Gives equal texts one copy, as far as its fixed table remembers them. Safe from any thread: a lost race costs one copy.</summary>
internal sealed class SharedTexts
{
    // 1,024 places: a few hundred distinct user agents, hosts and origins make up nearly all traffic.
    private readonly string?[] _table = new string?[1024];

    internal string Share(string text)
    {
        ref var place = ref _table[(uint)StringComparer.Ordinal.GetHashCode(text) % (uint)_table.Length];
        var known = Volatile.Read(ref place);
        if (text.Equals(known, StringComparison.Ordinal))
            return known;
        Volatile.Write(ref place, text);
        return text;
    }
}
