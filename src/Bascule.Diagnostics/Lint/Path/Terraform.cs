namespace Bascule.Diagnostics;

/// <summary>One Terraform resource, from HCL or from a plan.</summary>
public sealed record TfResource(string Type, string Name, ConfigNode Body, Terraform From)
{
    public Place Place => Body.Place;

    /// <summary>The value of an attribute with variables and locals put in; null where it is absent or cannot be known.</summary>
    public string? Text(params ReadOnlySpan<string> path) => From.Resolve(Body.At(path)?.Value);

    public double? Number(params ReadOnlySpan<string> path) => TimeText.Number(Text(path));
}

/// <summary>All Terraform of a deployment: resources, and what its variables and locals say.</summary>
public sealed class Terraform
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public Terraform(IReadOnlyList<LintFile> files)
    {
        List<TfResource> resources = [];
        foreach (var file in files.Where(f => f is { Kind: FileKind.Terraform, Root: not null }))
        {
            foreach (var node in file.Root!.Children)
                ReadBlock(node, file, resources);
        }

        foreach (var file in files.Where(f => f is { Kind: FileKind.TerraformPlan, Root: not null }))
        {
            HasPlan = true;
            resources.AddRange(file.Root!.Deep("resources").SelectMany(r => r.Items).Where(r => r["type"] is not null && r["values"] is not null)
                .Select(r => new TfResource(r.Text("type")!, r.Text("name") ?? "", Blocks(r["values"]!, 0), this)));
        }

        Resources = resources;
    }

    public IReadOnlyList<TfResource> Resources { get; }

    /// <summary>Whether references between resources are lost, as they are in a plan.</summary>
    public bool HasPlan { get; }

    public IEnumerable<TfResource> Of(params string[] types) => Resources.Where(r => types.Contains(r.Type, StringComparer.Ordinal));

    internal string? Resolve(string? value)
    {
        for (var i = 0; i < 4 && value is not null; i++)
        {
            var name = value.StartsWith("${", StringComparison.Ordinal) && value.EndsWith('}') ? value[2..^1].Trim() : value;
            if (!name.StartsWith("var.", StringComparison.Ordinal) && !name.StartsWith("local.", StringComparison.Ordinal))
                return value;
            value = _values.GetValueOrDefault(name);
        }

        return value;
    }

    private void ReadBlock(ConfigNode node, LintFile file, List<TfResource> resources)
    {
        switch (node.Key)
        {
            case "resource" when node.Words.Count == 2:
                resources.Add(new TfResource(node.Words[0], node.Words[1], node, this));
                break;
            case "variable" when node.Words.Count == 1 && node.Text("default") is { } value:
                _values.TryAdd($"var.{node.Words[0]}", value);
                break;
            case "locals":
                foreach (var local in node.Children.Where(c => c.Value is not null))
                    _values[$"local.{local.Key}"] = local.Value!;
                break;
            default:
                // A file of values: one assignment a line.
                if (node.Value is { } set && file.Name.EndsWith(".tfvars", StringComparison.Ordinal))
                    _values[$"var.{node.Key}"] = set;
                break;
        }
    }

    /// <summary>A plan writes blocks as lists of objects: here they become what HCL makes of them.</summary>
    private static ConfigNode Blocks(ConfigNode values, int depth)
    {
        var body = new ConfigNode(values.Key, values.Value, values.Place);
        foreach (var child in values.Children)
        {
            if (depth < ConfigLimits.Depth && child.Children.Count > 0 && child.Children.TrueForAll(c => c.Key == ConfigNode.ListItem && c.Children.Count > 0))
                body.Children.AddRange(child.Children.Select(block => Renamed(child.Key, Blocks(block, depth + 1))));
            else
                body.Children.Add(child);
        }

        return body;
    }

    private static ConfigNode Renamed(string key, ConfigNode node)
    {
        var named = new ConfigNode(key, node.Value, node.Place);
        named.Children.AddRange(node.Children);
        return named;
    }
}
