using Bascule.Settings;

namespace Bascule.Cli;

/// <summary>Shows what differs between two configurations, for every command that compares some.</summary>
internal static class ChangeReport
{
    internal static void Write(Output output, IReadOnlyList<SettingChange> changes)
    {
        if (output.IsTerminal)
            output.Table(["setting", "before", "after", "holds"], changes.Select(c => (string[])[c.Path, c.Before ?? "", c.After ?? "", c.Applies.Text()]));
        else
            foreach (var change in changes)
                output.Line($"{change.Path}: {change.Before ?? "(none)"} -> {change.After ?? "(removed)"}  ({change.Applies.Text()})");
    }
}
