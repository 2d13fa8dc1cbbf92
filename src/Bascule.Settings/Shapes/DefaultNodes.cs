using System.Collections;
using System.Globalization;
using System.Text.Json;

namespace Bascule.Settings;

/// <summary>Writes a value of the records as nodes: the layer of built-in defaults.</summary>
internal static class DefaultNodes
{
    /// <summary>The default of a member; null when it must be given.</summary>
    internal static SettingsNode? Of(MemberShape member) => member.About.Required ? null : Of(member.Default, member.Shape, member.About);

    private static SettingsNode Of(object? value, Shape shape, SettingAttribute about)
    {
        if (value is null)
            return new ScalarNode(Origin.Default, ScalarKind.Null, "null");
        switch (shape)
        {
            case RecordShape record:
                var fields = new ObjectNode(Origin.Default);
                // What the record has by default anyway is left to its completion.
                foreach (var member in record.Members.Where(m => !Equals(m.Property.GetValue(value), m.Default)))
                    fields.Members[member.Name] = Of(member.Property.GetValue(value), member.Shape, member.About);
                return fields;
            case MapShape map:
                // The binder makes every map a Dictionary, and so do the records.
                var entries = new ObjectNode(Origin.Default);
                foreach (DictionaryEntry entry in (IDictionary)value)
                    entries.Members[(string)entry.Key] = Of(entry.Value, map.Value, about);
                return entries;
            case ListShape list:
                var items = new ListNode(Origin.Default);
                items.Items.AddRange(((IEnumerable)value).Cast<object?>().Select(item => Of(item, list.Item, about)));
                return items;
            default:
                return OfScalar(value, about);
        }
    }

    private static ScalarNode OfScalar(object value, SettingAttribute about) => value switch
    {
        bool on => new ScalarNode(Origin.Default, ScalarKind.Bool, on ? "true" : "false"),
        TimeSpan duration => new ScalarNode(Origin.Default, ScalarKind.String, about.MayBeOff && duration == TimeSpan.Zero ? "off" : DurationText.Format(duration)),
        Enum choice => new ScalarNode(Origin.Default, ScalarKind.String, JsonNamingPolicy.CamelCase.ConvertName(choice.ToString())),
        string text => new ScalarNode(Origin.Default, ScalarKind.String, text),
        IFormattable number => new ScalarNode(Origin.Default, ScalarKind.Number, number.ToString(null, CultureInfo.InvariantCulture)),
        _ => throw new NotSupportedException($"A default of type {value.GetType()} cannot be written."),
    };
}
