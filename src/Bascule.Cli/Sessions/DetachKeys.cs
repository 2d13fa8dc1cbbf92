using System.Diagnostics.CodeAnalysis;

namespace Bascule.Cli;

/// <summary>The keys that leave a terminal and let its session go on; found in what is typed, and kept from it.</summary>
public sealed class DetachKeys
{
    /// <summary>As Docker has them.</summary>
    public const string Usual = "ctrl-p,ctrl-q";

    private const int MostKeys = 8;

    private readonly byte[] _keys;
    private int _matched;

    private DetachKeys(byte[] keys) => _keys = keys;

    /// <summary>Keys with commas between them: <c>ctrl-a</c> to <c>ctrl-z</c>, <c>ctrl-@ [ \ ] ^ _</c>, or one letter. Empty: there are none.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out DetachKeys? keys)
    {
        keys = null;
        var bytes = new List<byte>();
        foreach (var part in text.Length == 0 ? [] : text.Split(','))
        {
            var key = part.ToLowerInvariant();
            if (key.Length == 6 && key.StartsWith("ctrl-", StringComparison.Ordinal) && char.ToUpperInvariant(key[5]) is >= '@' and <= '_' and var letter)
                bytes.Add((byte)(letter - '@'));
            else if (part.Length == 1 && char.IsAscii(part[0]) && !char.IsControl(part[0]))
                bytes.Add((byte)part[0]);
            else
                return false;
        }

        if (bytes.Count > MostKeys)
            return false;
        keys = new DetachKeys([.. bytes]);
        return true;
    }

    /// <summary>Takes what was typed. Keys that may be the beginning are held back until it is clear.</summary>
    /// <param name="toSend">What is not for us.</param>
    /// <returns>True: all keys were pressed; what came after them is dropped.</returns>
    public bool Take(ReadOnlySpan<byte> typed, IList<byte> toSend)
    {
        foreach (var key in typed)
        {
            if (_keys.Length > 0 && key == _keys[_matched])
            {
                if (++_matched < _keys.Length)
                    continue;
                _matched = 0;
                return true;
            }

            // It was not meant for us, all of it; and this key may begin anew.
            foreach (var held in _keys.AsSpan(0, _matched))
                toSend.Add(held);
            _matched = _keys.Length > 1 && key == _keys[0] ? 1 : 0;
            if (_matched == 0)
                toSend.Add(key);
        }

        return false;
    }
}
