using System.Text;
using System.Text.Json;

namespace Bascule.Diagnostics;

/// <summary>JSON, with comments and trailing commas, as people write it into configuration.</summary>
public static class JsonTree
{
    /// <exception cref="ConfigFaultException">It is no JSON, or too deep.</exception>
    public static ConfigNode Read(string text, string file, int linesBefore = 0)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var lines = new LineStarts(bytes, file, linesBefore);
        var options = new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = ConfigLimits.Depth };
        var reader = new Utf8JsonReader(bytes, options);
        var root = new ConfigNode("", null, new Place(file, 1 + linesBefore));
        var open = new Stack<ConfigNode>([root]);
        string? name = null;
        var place = root.Place;
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject)
                {
                    open.Pop();
                    continue;
                }

                if (name is null)
                    place = lines.At(reader.TokenStartIndex);
                if (reader.TokenType is JsonTokenType.PropertyName)
                {
                    name = reader.GetString()!;
                    continue;
                }

                Add(ref reader, open, name, place, root);
                name = null;
            }
        }
        catch (JsonException e)
        {
            throw new ConfigFaultException(new Place(file, (int)(e.LineNumber ?? 0) + 1 + linesBefore, (int)(e.BytePositionInLine ?? 0) + 1), $"not valid JSON: {e.Message.Split('.')[0]}");
        }
        catch (InvalidOperationException e)
        {
            // A string with half of a surrogate pair, or with bytes that are no UTF-8.
            throw new ConfigFaultException(place, $"not valid JSON: {e.Message}");
        }

        return root;
    }

    private static void Add(ref Utf8JsonReader reader, Stack<ConfigNode> open, string? name, Place place, ConfigNode root)
    {
        var isNested = reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray;
        if (isNested && open.Count == 1 && name is null && root.Children.Count == 0)
        {
            // The outermost object is the root itself.
            open.Push(root);
            return;
        }

        var value = reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString(),
            JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False => Encoding.UTF8.GetString(reader.ValueSpan),
            _ => null,
        };
        var node = new ConfigNode(name ?? ConfigNode.ListItem, value, place);
        open.Peek().Children.Add(node);
        if (isNested)
            open.Push(node);
    }

    /// <summary>Turns offsets, which only grow, into lines and columns.</summary>
    private sealed class LineStarts(byte[] bytes, string file, int linesBefore)
    {
        private int _at;
        private int _line = 1;
        private int _start;

        internal Place At(long offset)
        {
            for (; _at < offset; _at++)
            {
                if (bytes[_at] == '\n')
                    (_line, _start) = (_line + 1, _at + 1);
            }

            return new Place(file, _line + linesBefore, (int)offset - _start + 1);
        }
    }
}
