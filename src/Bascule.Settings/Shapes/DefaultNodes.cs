using System.Collections;
using System.Globalization;
using System.Text.Json;

namespace Bascule.Settings;

/// <summary>Writes values of the records as nodes: the layer of built-in defaults, and whole snapshots to compare.</summary>
internal static class DefaultNodes
{
    /// <summary>The default of a member; null when it must be given.</summary>
    internal static SettingsNode? Of(MemberShape member) => member.About.Required ? null : Of(member.Default, member.Shape, member.About, Origin.Default);

    /// <summary>The whole snapshot; what is as by default has the origin of defaults.</summary>
    internal static SettingsNode OfSnapshot(BasculeSettings settings) => Completion.Complete(Of(settings, ShapeReader.Root, null, Origin.Snapshot), ShapeReader.Root);

    private static SettingsNode Of(object? value, Shape shape, SettingAttribute? about, Origin origin)
    {
        if (value is null)
            return new ScalarNode(origin, ScalarKind.Null, "null");
        switch (shape)
        {
            case RecordShape record:
                var fields = new ObjectNode(origin);
                foreach (var member in record.Members)
                {
                    // What the record has by default anyway is left to its completion.
                    var field = Of(member.Property.GetValue(value), member.Shape, member.About, origin);
                    if (Of(member) is not { } builtIn || !field.SaysTheSameAs(builtIn))
                        fields.Members[member.Name] = field;
                }

                return fields;
            case MapShape map:
                // The binder makes every map a Dictionary, and so do the records.
                var entries = new ObjectNode(origin);
                foreach (DictionaryEntry entry in (IDictionary)value)
                    entries.Members[(string)entry.Key] = Of(entry.Value, map.Value, about, origin);
                return entries;
            case ListShape list:
                var items = new ListNode(origin);
                items.Items.AddRange(((IEnumerable)value).Cast<object?>().Select(item => Of(item, list.Item, about, origin)));
                return items;
            default:
                return OfScalar(value, about, origin);
        }
    }

    private static ScalarNode OfScalar(object value, SettingAttribute? about, Origin origin) => value switch
    {
        bool on => new ScalarNode(origin, ScalarKind.Bool, on ? "true" : "false"),
        TimeSpan duration => new ScalarNode(origin, ScalarKind.String, about is { MayBeOff: true } && duration == TimeSpan.Zero ? "off" : DurationText.Format(duration)),
        Enum choice => new ScalarNode(origin, ScalarKind.String, JsonNamingPolicy.CamelCase.ConvertName(choice.ToString())),
        string text => new ScalarNode(origin, ScalarKind.String, text),
        IFormattable number => new ScalarNode(origin, ScalarKind.Number, number.ToString(null, CultureInfo.InvariantCulture)),
        _ => throw new NotSupportedException($"A default of type {value.GetType()} cannot be written."),
    };
}
