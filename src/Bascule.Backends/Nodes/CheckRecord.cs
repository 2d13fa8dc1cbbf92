using Bascule.Settings;

namespace Bascule.Backends;

/// <summary>What the active checks of a node saw. The pool's lock guards it.</summary>
internal sealed class CheckRecord
{
    private int _goodInRow;
    private int _badInRow;

    /// <summary>Why the node counts as failing; null while it does not. A node nobody has checked yet does not.</summary>
    internal string? Fault { get; private set; }

    /// <param name="seen">What was wrong; null: all was well.</param>
    internal void Note(string? seen, HealthSettings settings)
    {
        if (seen is null)
        {
            _badInRow = 0;
            _goodInRow++;
            if (_goodInRow >= settings.RiseAfter)
                Fault = null;
            return;
        }

        _goodInRow = 0;
        _badInRow++;
        if (Fault is not null || _badInRow >= settings.FailAfter)
            Fault = $"{_badInRow} {(_badInRow == 1 ? "check" : "checks in a row")} failed, the last: {seen}";
    }

    /// <summary>Forgets everything: nobody checks the node any more.</summary>
    internal void Clear()
    {
        _goodInRow = 0;
        _badInRow = 0;
        Fault = null;
    }
}
