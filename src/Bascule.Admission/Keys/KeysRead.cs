namespace Bascule.Admission;

/// <summary>Keys that were read from one place, and what was wrong with the others.</summary>
internal sealed class KeysRead
{
    private readonly List<TokenKey> _keys = [];
    private readonly List<string> _refused = [];

    internal IReadOnlyList<TokenKey> Keys => _keys;

    /// <summary>Keys that are not used, each with the reason; no secrets.</summary>
    internal IReadOnlyList<string> Refused => _refused;

    internal void Add(TokenKey? key, string fault)
    {
        if (key is null)
            _refused.Add(fault);
        else
            _keys.Add(key);
    }

    internal void Refuse(string fault) => _refused.Add(fault);

    /// <summary>Takes over what another place gave, its faults with the name of that place before them.</summary>
    internal void Merge(KeysRead other, string place)
    {
        _keys.AddRange(other._keys);
        _refused.AddRange(other._refused.Select(f => $"{place}: {f}."));
    }
}
