using System.Collections;

namespace Bascule.Settings;

/// <summary>Makes the records from the finished tree and notes every fault on the way. What is faulty keeps its default, so that the rest can be checked too.</summary>
internal sealed class SettingsBinder(List<SettingFault> faults)
{
    internal BasculeSettings Bind(SettingsNode root) => (BasculeSettings)BindRecord(root, ShapeReader.Root, "", null);

    private object? Bind(SettingsNode node, Shape shape, string path, SettingAttribute? about) => shape switch
    {
        RecordShape record => BindRecord(node, record, path, about),
        ListShape list => BindList(node, list, path, about),
        MapShape map => BindMap(node, map, path, about),
        ScalarShape scalar => BindScalar(node, scalar, path, about),
        _ => throw new NotSupportedException(shape.GetType().Name),
    };

    private object BindRecord(SettingsNode node, RecordShape shape, string path, SettingAttribute? about)
    {
        var record = Activator.CreateInstance(shape.Type)!;
        if (node is not ObjectNode fields)
        {
            var orText = shape.Shorthand is { } shorthand ? $", or the {shorthand.Name} alone as text" : "";
            WrongType(node, shape, path, about, "is not an object", $"Write an object: {{ … }}{orText}.");
            return record;
        }

        foreach (var (name, field) in fields.Members)
        {
            if (shape.Find(name, StringComparison.Ordinal) is null)
                faults.Add(UnknownSetting.Fault(SettingsPath.Join(path, name), name, shape, field.Origin));
        }

        foreach (var member in shape.Members)
            BindMember(record, fields, member, SettingsPath.Join(path, member.Name));
        return record;
    }

    private void BindMember(object record, ObjectNode fields, MemberShape member, string path)
    {
        var field = fields.Members.GetValueOrDefault(member.Name);
        var isNull = field is ScalarNode { Kind: ScalarKind.Null };
        if (field is null || (isNull && member.About.Required))
            faults.Add(new SettingFault(path, (field ?? fields).Origin.Text, "", "is missing", $"Add {member.Name}. {member.About.Description}"));
        else if (isNull && member.MayBeNull)
            member.Property.SetValue(record, null);
        else if (isNull)
            WrongType(field, member.Shape, path, member.About, "cannot be null", "Write a value, or leave the setting out to get its default.");
        else if (Bind(field, member.Shape, path, member.About) is { } value)
            member.Property.SetValue(record, value);
    }

    private Array BindList(SettingsNode node, ListShape shape, string path, SettingAttribute? about)
    {
        if (node is not ListNode list)
        {
            WrongType(node, shape, path, about, "is not a list", "Write a list: [ … ].");
            return Array.CreateInstance(shape.ItemType, 0);
        }

        var items = Array.CreateInstance(shape.ItemType, list.Items.Count);
        for (var i = 0; i < list.Items.Count; i++)
        {
            // A faulty item keeps its position, so that the paths of later faults stay right.
            if ((Bind(list.Items[i], shape.Item, SettingsPath.Join(path, i), about) ?? EmptyOf(shape.ItemType)) is { } item)
                items.SetValue(item, i);
        }

        return items;
    }

    private static object? EmptyOf(Type type) => type == typeof(string) ? "" : type.IsValueType ? Activator.CreateInstance(type) : null;

    private object BindMap(SettingsNode node, MapShape shape, string path, SettingAttribute? about)
    {
        var map = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), shape.ValueType), StringComparer.Ordinal)!;
        if (node is not ObjectNode entries)
        {
            WrongType(node, shape, path, about, "is not an object", "Write an object with a name for each entry: { \"name\": … }.");
            return map;
        }

        foreach (var (name, entry) in entries.Members)
        {
            if (Bind(entry, shape.Value, SettingsPath.Join(path, name), about) is { } value)
                map[name] = value;
        }

        return map;
    }

    private object? BindScalar(SettingsNode node, ScalarShape shape, string path, SettingAttribute? about)
    {
        if (node is not ScalarNode scalar)
        {
            WrongType(node, shape, path, about, "is not a single value", "Write one value, neither a list nor an object.");
            return null;
        }

        var result = ScalarBinder.Bind(scalar, shape, about);
        if (result.Problem is null)
            return result.Value;
        WrongType(node, shape, path, about, result.Problem, scalar.Hint is null ? result.Remedy : $"{result.Remedy} {scalar.Hint}");
        return null;
    }

    private void WrongType(SettingsNode node, Shape shape, string path, SettingAttribute? about, string problem, string remedy) =>
        faults.Add(new SettingFault(path, node.Origin.Text, NodeText.Seen(node, shape, about), problem, remedy));
}
