namespace Bascule.Settings;

/// <summary>One place of the finished tree.</summary>
internal sealed record Place(string Path, SettingsNode Node, Shape Shape, SettingAttribute? About)
{
    internal string Text => NodeText.Of(Node, Shape, About);

    internal string Seen => NodeText.Seen(Node, Shape, About);
}

/// <summary>The finished tree: every place by its path, in the order of the reference.</summary>
internal sealed class Places
{
    private readonly OrderedDictionary<string, Place> _byPath = new(StringComparer.Ordinal);

    internal Places(SettingsNode root) => Walk("", root, ShapeReader.Root, null);

    internal IEnumerable<Place> All => _byPath.Values;

    /// <summary>The place itself, or the nearest one that holds it.</summary>
    internal Place Nearest(string path)
    {
        Place? place;
        while (!_byPath.TryGetValue(path, out place))
            path = SettingsPath.Parent(path);
        return place;
    }

    internal Place? Find(string path) => _byPath.GetValueOrDefault(path);

    /// <summary>What <c>config explain</c> lists: scalars, lists of scalars as one, and whole lists or objects that took the place of something.</summary>
    internal IReadOnlyList<EffectiveValue> EffectiveValues() =>
    [
        .. All.Where(IsShown).Select(p => new EffectiveValue(p.Path, p.Text, p.Node.Origin.Text,
            [.. p.Node.Overrode.Select(o => new OverriddenValue(NodeText.Of(o, p.Shape, p.About), o.Origin.Text))])),
    ];

    /// <summary>One line for each value of a file in whose place the environment put another.</summary>
    internal IEnumerable<string> EnvironmentOverFiles() =>
        from place in All
        where place.Node.Origin.Kind == OriginKind.Environment
        let file = place.Node.Overrode.FirstOrDefault(o => o.Origin.Kind == OriginKind.File)
        where file is not null && (place.Text != NodeText.Of(file, place.Shape, place.About) || place.Text.Contains(NodeText.Mask))
        select $"{place.Path} is {place.Text} from {place.Node.Origin.Text}, not {NodeText.Of(file, place.Shape, place.About)} from {file.Origin.Text}.";

    /// <summary>The settings that name a file whose content counts, and the path as it is written.</summary>
    internal IEnumerable<(string Setting, string File)> NamedFiles() =>
        from place in All
        where place.Node is ScalarNode { Kind: ScalarKind.String or ScalarKind.Untyped }
        let text = ((ScalarNode)place.Node).Text
        let file = place.About is { IsFile: true } ? text : place.About is { MayNameFile: true } ? SecretText.FileOf(text) : null
        where !string.IsNullOrEmpty(file) && !file.Contains('\0')
        select (place.Path, file);

    private static bool IsShown(Place place) => place switch
    {
        { Node: ScalarNode } => true,
        { Path: "" } => false,
        { Node: ListNode { Items.Count: 0 } or ObjectNode { Members.Count: 0 } } => true,
        { Shape: ListShape { Item: ScalarShape } } => true,
        _ => place.Node.Overrode.Count > 0,
    };

    private void Walk(string path, SettingsNode node, Shape shape, SettingAttribute? about)
    {
        _byPath[path] = new Place(path, node, shape, about);
        switch (node, shape)
        {
            case (ObjectNode fields, RecordShape record):
                foreach (var member in record.Members)
                {
                    if (fields.Members.TryGetValue(member.Name, out var field))
                        Walk(SettingsPath.Join(path, member.Name), field, member.Shape, member.About);
                }

                break;
            case (ObjectNode entries, MapShape map):
                foreach (var (name, entry) in entries.Members)
                    Walk(SettingsPath.Join(path, name), entry, map.Value, about);
                break;
            case (ListNode items, ListShape { Item: not ScalarShape } list):
                for (var i = 0; i < items.Items.Count; i++)
                    Walk(SettingsPath.Join(path, i), items.Items[i], list.Item, about);
                break;
        }
    }
}
