using System.Text;

namespace Bascule.Settings;

/// <summary>Puts one value at one path: how the environment and the command line write settings.</summary>
internal sealed class SettingsEdit(ObjectNode root, List<SettingFault> faults)
{
    /// <summary>A fault, and no change, when the path leads nowhere or the value is no JSON where it must be.</summary>
    /// <param name="segments">Names in any case, and positions of lists. A position one past the end adds an item.</param>
    internal void Set(IReadOnlyList<string> segments, string value, Origin origin, string? hint = null)
    {
        if (Resolve(segments, origin) is not { } shape || ValueNode(Written(segments), value, shape, origin, hint) is not { } node)
            return;
        Apply(root, ShapeReader.Root, segments, 0, node, defaultList: null);
    }

    private static string Written(IReadOnlyList<string> segments) => string.Join('.', segments);

    /// <summary>The shape that the path leads to; null, and a fault, when it leads nowhere.</summary>
    private Shape? Resolve(IReadOnlyList<string> segments, Origin origin)
    {
        Shape shape = ShapeReader.Root;
        for (var i = 0; i < segments.Count; i++)
        {
            switch (shape)
            {
                case RecordShape record when record.Find(segments[i], StringComparison.OrdinalIgnoreCase) is { } member:
                    shape = member.Shape;
                    break;
                case RecordShape record:
                    faults.Add(UnknownSetting.Fault(Written(segments), segments[i], record, origin));
                    return null;
                case MapShape map:
                    shape = map.Value;
                    break;
                case ListShape list when segments[i].All(char.IsAsciiDigit) && segments[i].Length is > 0 and < 6:
                    shape = list.Item;
                    break;
                case ListShape:
                    faults.Add(new SettingFault(Written(segments), origin.Text, "", $"has {segments[i]} where the position in a list belongs", "Write 0 for the first."));
                    return null;
                default:
                    faults.Add(new SettingFault(Written(segments), origin.Text, "", $"goes into {Written([.. segments.Take(i)])}, which has no parts", "Shorten the name."));
                    return null;
            }
        }

        return shape;
    }

    private SettingsNode? ValueNode(string path, string value, Shape shape, Origin origin, string? hint)
    {
        var start = value.AsSpan().TrimStart();
        var mayBeJson = shape is not ScalarShape && start.Length > 0 && start[0] is '{' or '[' || (shape is not ScalarShape && value == "null");
        return mayBeJson
            ? JsonTree.Read(Encoding.UTF8.GetBytes(value), path, _ => origin, faults)
            : new ScalarNode(origin, ScalarKind.Untyped, value) { Hint = hint };
    }

    /// <summary>What stands at <paramref name="depth"/> of the path once <paramref name="value"/> is in it.</summary>
    private SettingsNode Apply(SettingsNode? current, Shape shape, IReadOnlyList<string> segments, int depth, SettingsNode value, SettingsNode? defaultList)
    {
        if (depth == segments.Count)
            return SettingsNode.Over(value, current);
        var segment = segments[depth];
        switch (shape)
        {
            case RecordShape record:
                var member = record.Find(segment, StringComparison.OrdinalIgnoreCase)!;
                var fields = Container(current is null ? null : Completion.Expand(current, record), value.Origin);
                fields.Members[member.Name] = Apply(fields.Members.GetValueOrDefault(member.Name), member.Shape, segments, depth + 1, value, DefaultNodes.Of(member));
                return fields;
            case MapShape map:
                var entries = Container(current, value.Origin);
                var name = ExistingName(entries, segment);
                entries.Members[name] = Apply(entries.Members.GetValueOrDefault(name), map.Value, segments, depth + 1, value, null);
                return entries;
            case ListShape list:
                return ApplyToList(current ?? defaultList, list, segments, depth, value);
            default:
                throw new InvalidOperationException("Resolve let a path into a scalar pass.");
        }
    }

    private ListNode ApplyToList(SettingsNode? current, ListShape list, IReadOnlyList<string> segments, int depth, SettingsNode value)
    {
        var items = current as ListNode ?? (ListNode)SettingsNode.Over(new ListNode(value.Origin), current);
        var index = int.Parse(segments[depth]);
        if (index > items.Items.Count)
        {
            faults.Add(new SettingFault(Written(segments), value.Origin.Text, "", $"names position {index} of a list of {items.Items.Count}",
                $"Use {items.Items.Count} to add an item, or a smaller number to change one."));
            return items;
        }

        var item = Apply(index < items.Items.Count ? items.Items[index] : null, list.Item, segments, depth + 1, value, null);
        if (index == items.Items.Count)
            items.Items.Add(item);
        else
            items.Items[index] = item;
        return items;
    }

    private static ObjectNode Container(SettingsNode? current, Origin origin) =>
        current as ObjectNode ?? (ObjectNode)SettingsNode.Over(new ObjectNode(origin), current);

    private static string ExistingName(ObjectNode entries, string name) =>
        entries.Members.ContainsKey(name) ? name : entries.Members.Keys.FirstOrDefault(k => string.Equals(k, name, StringComparison.OrdinalIgnoreCase)) ?? name;
}
