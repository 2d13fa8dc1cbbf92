namespace Bascule.Settings;

/// <summary>One thing that is wrong with the configuration. No text of it ever holds a secret.</summary>
/// <param name="Path">The setting: <c>routes.0.auth</c>. Empty when a whole file is meant.</param>
/// <param name="Origin">Where it was written: <c>bascule.json:12</c>.</param>
/// <param name="Seen">What stands there, masked and cut to a readable length; empty when nothing does.</param>
/// <param name="Problem">Why that cannot be, as the rest of a sentence that starts with the setting.</param>
/// <param name="Remedy">What to do.</param>
public sealed record SettingFault(string Path, string Origin, string Seen, string Problem, string Remedy)
{
    /// <summary>All of it in one line.</summary>
    public override string ToString()
    {
        var subject = Path.Length == 0 ? Origin : $"{Path} ({Origin})";
        var seen = Seen.Length == 0 ? "" : $" is {Seen}:";
        return $"{subject}{seen} {Problem}. {Remedy}";
    }
}
