using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Bascule.Diagnostics;

/// <summary>YAML: the children of the root are its documents, with the key <c>document</c>.</summary>
public static class YamlTree
{
    public const string Document = "document";

    /// <exception cref="ConfigFaultException">It is no YAML, or too deep, or too much.</exception>
    public static ConfigNode Read(string text, string file, int linesBefore = 0)
    {
        using var reader = new StringReader(text);
        var build = new Build(new Parser(reader), file, linesBefore);
        try
        {
            return build.Stream();
        }
        catch (YamlException e)
        {
            throw new ConfigFaultException(new Place(file, (int)e.Start.Line + linesBefore, (int)e.Start.Column), $"not valid YAML: {FirstLine(e.InnerException?.Message ?? e.Message)}");
        }
        catch (InvalidOperationException e)
        {
            // The scanner of the library ends this way on some broken input.
            throw new ConfigFaultException(new Place(file, 1 + linesBefore), $"not valid YAML: {FirstLine(e.Message)}");
        }
    }

    private static string FirstLine(string text) => text.Split('\n')[0].Trim();

    private sealed class Build(Parser parser, string file, int linesBefore)
    {
        private readonly Dictionary<string, (ConfigNode Node, int Size)> _anchors = new(StringComparer.Ordinal);
        private int _nodes;

        internal ConfigNode Stream()
        {
            var root = new ConfigNode("", null, new Place(file, 1 + linesBefore));
            while (parser.MoveNext())
            {
                if (parser.Current is not DocumentStart)
                    continue;
                parser.MoveNext();
                _anchors.Clear();
                root.Children.Add(Node(Document, PlaceOf(parser.Current!), 0));
            }

            return root;
        }

        /// <summary>The node that starts at the current event; leaves the parser on its last event.</summary>
        private ConfigNode Node(string key, Place place, int depth)
        {
            ConfigLimits.CheckDepth(depth, place);
            Count(1, place);
            var before = _nodes;
            ConfigNode node;
            switch (parser.Current)
            {
                case Scalar scalar:
                    // The text of a block scalar starts on the line after its sign.
                    node = new ConfigNode(key, scalar.Value, place) { Words = scalar.Style is ScalarStyle.Literal or ScalarStyle.Folded ? ["|"] : [] };
                    Remember(scalar, node, 1);
                    return node;
                case AnchorAlias alias:
                    return Alias(alias, key, place);
                case MappingStart mapping:
                    node = new ConfigNode(key, null, place);
                    Mapping(node, depth);
                    Remember(mapping, node, _nodes - before + 1);
                    return node;
                case SequenceStart sequence:
                    node = new ConfigNode(key, null, place);
                    while (parser.MoveNext() && parser.Current is not SequenceEnd)
                        node.Children.Add(Node(ConfigNode.ListItem, PlaceOf(parser.Current!), depth + 1));
                    Remember(sequence, node, _nodes - before + 1);
                    return node;
                default:
                    return new ConfigNode(key, null, place);
            }
        }

        private void Mapping(ConfigNode node, int depth)
        {
            while (parser.MoveNext() && parser.Current is not MappingEnd)
            {
                var place = PlaceOf(parser.Current!);
                // A key that is no scalar is legal YAML; nothing that we read has one.
                var name = parser.Current is Scalar key ? key.Value : Node("?", place, depth + 1).Value ?? "?";
                if (!parser.MoveNext())
                    return;
                var child = Node(name, place, depth + 1);
                if (name == "<<")
                    node.Children.AddRange(child.Children);
                else
                    node.Children.Add(child);
            }
        }

        private ConfigNode Alias(AnchorAlias alias, string key, Place place)
        {
            if (!_anchors.TryGetValue(alias.Value.Value, out var known))
                throw new ConfigFaultException(place, $"the alias {alias.Value.Value} names nothing above it");
            Count(known.Size, place);
            var node = new ConfigNode(key, known.Node.Value, place) { Words = known.Node.Words };
            node.Children.AddRange(known.Node.Children);
            return node;
        }

        private void Remember(NodeEvent from, ConfigNode node, int size)
        {
            if (!from.Anchor.IsEmpty)
                _anchors[from.Anchor.Value] = (node, size);
        }

        private void Count(int more, Place place)
        {
            _nodes += more;
            if (_nodes > ConfigLimits.Nodes)
                throw new ConfigFaultException(place, $"more than {ConfigLimits.Nodes} values, repeated by aliases or written out");
        }

        private Place PlaceOf(ParsingEvent at) => new(file, (int)at.Start.Line + linesBefore, (int)at.Start.Column);
    }
}
