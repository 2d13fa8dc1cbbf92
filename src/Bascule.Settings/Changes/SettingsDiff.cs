namespace Bascule.Settings;

/// <summary>What differs between two configurations, and when each difference holds in a gateway that runs.</summary>
public static class SettingsDiff
{
    /// <summary>In the order of the reference; empty when both say the same. Content of files that settings name is not looked at.</summary>
    public static IReadOnlyList<SettingChange> Between(BasculeSettings before, BasculeSettings after)
    {
        List<SettingChange> changes = [];
        var root = new Spot("", ShapeReader.Root, null, Applies.NewConnections);
        Compare(root, DefaultNodes.OfSnapshot(before), DefaultNodes.OfSnapshot(after), changes);
        return changes;
    }

    /// <summary>The same, and each setting whose text is as before, but whose file has another content: a key that was exchanged, for example.</summary>
    public static IReadOnlyList<SettingChange> Between(LoadedSettings before, LoadedSettings after) =>
    [
        .. Between(before.Settings, after.Settings),
        .. from old in before.NamedFiles
           from now in after.NamedFiles
           where old.Setting == now.Setting && old.Path == now.Path && old.Fingerprint != now.Fingerprint
           select new SettingChange(now.Setting, now.Path, $"{now.Path} with another content", AppliesAt(now.Setting)),
    ];

    /// <summary>When a change of the setting at that path holds.</summary>
    internal static Applies AppliesAt(string path)
    {
        var (shape, applies) = ((Shape)ShapeReader.Root, Applies.NewConnections);
        foreach (var segment in path.Split('.'))
        {
            var member = (shape as RecordShape)?.Find(segment, StringComparison.Ordinal);
            applies = member?.About.OwnAt ?? applies;
            shape = member?.Shape ?? (shape as ListShape)?.Item ?? (shape as MapShape)?.Value ?? shape;
        }

        return applies;
    }

    private static void Compare(Spot spot, SettingsNode? before, SettingsNode? after, List<SettingChange> changes)
    {
        switch (spot.Shape, before, after)
        {
            case (RecordShape record, ObjectNode a, ObjectNode b):
                foreach (var member in record.Members)
                    Compare(spot.Below(member), a.Members.GetValueOrDefault(member.Name), b.Members.GetValueOrDefault(member.Name), changes);
                break;
            case (MapShape map, ObjectNode a, ObjectNode b):
                foreach (var name in a.Members.Keys.Union(b.Members.Keys))
                    Compare(spot.Below(SettingsPath.Join(spot.Path, name), map.Value), a.Members.GetValueOrDefault(name), b.Members.GetValueOrDefault(name), changes);
                break;
            case (ListShape { Item: RecordShape item }, ListNode a, ListNode b):
                CompareItems(spot, item, a, b, changes);
                break;
            default:
                if (before is null ? after is not null : after is null || !before.SaysTheSameAs(after))
                    changes.Add(new SettingChange(spot.Path, spot.TextOf(before), spot.TextOf(after), spot.Applies));
                break;
        }
    }

    /// <summary>Items with a name or URL are the same wherever they stand; others go by their position.</summary>
    private static void CompareItems(Spot spot, RecordShape item, ListNode before, ListNode after, List<SettingChange> changes)
    {
        if (ByKey(item, before) is { } old && ByKey(item, after) is { } now)
        {
            foreach (var key in old.Keys.Union(now.Keys))
                Compare(spot.Below($"{spot.Path}[{NodeText.WithoutUser(key)}]", item), old.GetValueOrDefault(key), now.GetValueOrDefault(key), changes);
            return;
        }

        for (var i = 0; i < Math.Max(before.Items.Count, after.Items.Count); i++)
            Compare(spot.Below(SettingsPath.Join(spot.Path, i), item), before.Items.ElementAtOrDefault(i), after.Items.ElementAtOrDefault(i), changes);
    }

    /// <summary>Null when items have no key, or two have the same.</summary>
    private static OrderedDictionary<string, SettingsNode>? ByKey(RecordShape item, ListNode list)
    {
        OrderedDictionary<string, SettingsNode> items = new(StringComparer.Ordinal);
        foreach (var node in list.Items)
        {
            if (item.Key is not { } key || (node as ObjectNode)?.Members.GetValueOrDefault(key.Name) is not ScalarNode name || !items.TryAdd(name.Text, node))
                return null;
        }

        return items;
    }

    /// <summary>A place in both trees.</summary>
    private sealed record Spot(string Path, Shape Shape, SettingAttribute? About, Applies Applies)
    {
        internal Spot Below(MemberShape member) => new(SettingsPath.Join(Path, member.Name), member.Shape, member.About, member.About.OwnAt ?? Applies);

        internal Spot Below(string path, Shape shape) => this with { Path = path, Shape = shape };

        internal string? TextOf(SettingsNode? node) => node is null ? null : NodeText.Of(node, Shape, About);
    }
}
