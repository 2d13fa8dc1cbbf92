namespace Bascule.Settings;

/// <summary>A value before it has a type: what was written, where, and what it took the place of.</summary>
internal abstract class SettingsNode(Origin origin)
{
    internal Origin Origin { get; } = origin;

    /// <summary>Nearest first.</summary>
    internal List<SettingsNode> Overrode { get; } = [];

    /// <summary>Lays <paramref name="upper"/> over <paramref name="lower"/>: objects merge, everything else replaces. The lower tree is used up.</summary>
    internal static SettingsNode Over(SettingsNode upper, SettingsNode? lower)
    {
        if (lower is null)
            return upper;
        if (upper is ObjectNode from && lower is ObjectNode into)
        {
            foreach (var (name, member) in from.Members)
                into.Members[name] = Over(member, into.Members.GetValueOrDefault(name));
            return into;
        }

        upper.Overrode.Add(lower);
        upper.Overrode.AddRange(lower.Overrode);
        return upper;
    }

    /// <summary>Whether both hold the same values, wherever those came from; the order of members does not matter.</summary>
    internal bool SaysTheSameAs(SettingsNode other) => (this, other) switch
    {
        (ScalarNode a, ScalarNode b) => a.Kind == b.Kind && a.Text == b.Text,
        (ListNode a, ListNode b) => a.Items.Count == b.Items.Count && a.Items.Zip(b.Items).All(p => p.First.SaysTheSameAs(p.Second)),
        (ObjectNode a, ObjectNode b) => a.Members.Count == b.Members.Count
            && a.Members.All(m => b.Members.TryGetValue(m.Key, out var member) && m.Value.SaysTheSameAs(member)),
        _ => false,
    };
}

internal sealed class ObjectNode(Origin origin) : SettingsNode(origin)
{
    internal OrderedDictionary<string, SettingsNode> Members { get; } = new(StringComparer.Ordinal);
}

internal sealed class ListNode(Origin origin) : SettingsNode(origin)
{
    internal List<SettingsNode> Items { get; } = [];
}

internal enum ScalarKind
{
    /// <summary>Text without a type, from the environment or the command line: it becomes whatever the setting is.</summary>
    Untyped,
    String,
    Number,
    Bool,
    Null,
}

internal sealed class ScalarNode(Origin origin, ScalarKind kind, string text) : SettingsNode(origin)
{
    internal ScalarKind Kind { get; } = kind;

    internal string Text { get; } = text;

    /// <summary>Added to the remedy of a fault of this value: what a reader of this origin may have misunderstood.</summary>
    internal string? Hint { get; init; }
}
