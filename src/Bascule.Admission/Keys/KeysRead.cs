namespace Bascule.Admission;

/// <summary>Keys that were read from one place, and what was wrong with the others.</summary>
internal sealed class KeysRead
{
    private readonly List<TokenKey> _keys = [];
    private readonly List<string> _refused = [];
    private readonly List<string> _weak = [];

    internal IReadOnlyList<TokenKey> Keys => _keys;

    /// <summary>Keys that are not used, each with the reason; no secrets.</summary>
    internal IReadOnlyList<string> Refused => _refused;

    /// <summary>Keys that are used although they are weaker than the standards ask.</summary>
    internal IReadOnlyList<string> Weak => _weak;

    internal void Add(TokenKey? key, string fault)
    {
        if (key is null)
            _refused.Add(fault);
        else
            _keys.Add(key);
    }

    internal void Refuse(string fault) => _refused.Add(fault);

    internal void Warn(string weakness) => _weak.Add(weakness);

    /// <summary>Takes over what another place gave, its faults with the name of that place before them.</summary>
    internal void Merge(KeysRead other, string place)
    {
        _keys.AddRange(other._keys);
        _refused.AddRange(other._refused.Select(f => $"{place}: {f}."));
        _weak.AddRange(other._weak.Select(f => $"{place}: {f}."));
    }
}
