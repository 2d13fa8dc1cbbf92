namespace Bascule.Diagnostics;

/// <summary>One key of any kind of configuration file, with what stands in and under it. Items of a list have the key <c>-</c>.</summary>
/// <param name="key">The directive, the attribute, the block type or the mapping key.</param>
/// <param name="value">The scalar, without quotes; null where there are only children.</param>
public sealed class ConfigNode(string key, string? value, Place place)
{
    /// <summary>The key of an item of a list.</summary>
    public const string ListItem = "-";

    public string Key { get; } = key;

    public string? Value { get; } = value;

    public Place Place { get; } = place;

    /// <summary>The words after the key of a directive, or the labels of a block.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    public string? FirstWord => Words.Count > 0 ? Words[0] : null;

    public string? LastWord => Words.Count > 0 ? Words[^1] : null;

    public List<ConfigNode> Children { get; } = [];

    /// <summary>The first child with this key.</summary>
    public ConfigNode? this[string childKey] => Children.Find(c => c.Key == childKey);

    public IEnumerable<ConfigNode> All(string childKey) => Children.Where(c => c.Key == childKey);

    public IEnumerable<ConfigNode> Items => All(ListItem);

    /// <summary>The values of the items, or the value itself where it is a scalar.</summary>
    public IEnumerable<string> Texts => Value is { } own && Children.Count == 0 ? [own] : Items.Select(i => i.Value).OfType<string>();

    public ConfigNode? At(params ReadOnlySpan<string> path)
    {
        var at = this;
        foreach (var name in path)
        {
            if (at[name] is not { } next)
                return null;
            at = next;
        }

        return at;
    }

    public string? Text(params ReadOnlySpan<string> path) => At(path)?.Value;

    /// <summary>This node and all below it, in the order of the file.</summary>
    public IEnumerable<ConfigNode> Everything()
    {
        var open = new Stack<ConfigNode>();
        open.Push(this);
        while (open.TryPop(out var node))
        {
            yield return node;
            for (var i = node.Children.Count - 1; i >= 0; i--)
                open.Push(node.Children[i]);
        }
    }

    /// <summary>All nodes with this key, at any depth.</summary>
    public IEnumerable<ConfigNode> Deep(string childKey) => Everything().Where(n => n.Key == childKey);
}
