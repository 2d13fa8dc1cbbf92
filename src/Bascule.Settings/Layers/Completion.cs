namespace Bascule.Settings;

/// <summary>Makes the merged layers whole: shorthands become objects, and what nobody wrote comes from the built-in defaults.</summary>
internal static class Completion
{
    /// <summary>The node in its full form; the given one is used up.</summary>
    internal static SettingsNode Complete(SettingsNode node, Shape shape)
    {
        switch (shape)
        {
            case RecordShape record:
                var whole = Expand(node, record);
                if (whole is ObjectNode fields)
                    CompleteMembers(fields, record);
                return whole;
            case MapShape map when node is ObjectNode entries:
                foreach (var name in entries.Members.Keys.ToArray())
                    entries.Members[name] = Complete(entries.Members[name], map.Value);
                return node;
            case ListShape list when node is ListNode items:
                for (var i = 0; i < items.Items.Count; i++)
                    items.Items[i] = Complete(items.Items[i], list.Item);
                return node;
            default:
                return node;
        }
    }

    /// <summary>An object for a string that stands for one; any other node unchanged.</summary>
    internal static SettingsNode Expand(SettingsNode node, RecordShape record)
    {
        if (node is not ScalarNode { Kind: ScalarKind.String or ScalarKind.Untyped } || record.Shorthand is not { } shorthand)
            return node;
        var whole = new ObjectNode(node.Origin);
        whole.Overrode.AddRange(node.Overrode);
        node.Overrode.Clear();
        whole.Members[shorthand.Name] = node;
        return whole;
    }

    private static void CompleteMembers(ObjectNode fields, RecordShape record)
    {
        foreach (var member in record.Members)
        {
            var builtIn = DefaultNodes.Of(member);
            if (!fields.Members.TryGetValue(member.Name, out var written))
            {
                if (builtIn is not null)
                    fields.Members[member.Name] = Complete(builtIn, member.Shape);
                continue;
            }

            var node = fields.Members[member.Name] = Complete(written, member.Shape);
            var hasDefault = builtIn is ScalarNode { Kind: not ScalarKind.Null } or ListNode { Items.Count: > 0 };
            if (hasDefault && node.Origin.Kind != OriginKind.Default && node.Overrode.All(o => o.Origin.Kind != OriginKind.Default))
                node.Overrode.Add(builtIn!);
        }
    }
}
