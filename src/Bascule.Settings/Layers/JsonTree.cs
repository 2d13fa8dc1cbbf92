using System.Text.Json;

namespace Bascule.Settings;

/// <summary>Reads JSON with comments and trailing commas into nodes that know their line.</summary>
internal sealed class JsonTree
{
    // Far above any sensible nesting of settings; it bounds the recursion.
    private const int MaxDepth = 64;

    private readonly Func<int, Origin> _originOfLine;
    private readonly List<SettingFault> _faults;
    private readonly byte[] _utf8;
    private int _line = 1;
    private int _countedTo;

    private JsonTree(byte[] utf8, Func<int, Origin> originOfLine, List<SettingFault> faults)
    {
        _utf8 = utf8;
        _originOfLine = originOfLine;
        _faults = faults;
    }

    /// <summary>Null, and a fault, when the text is no JSON. Duplicate keys are faults too, but the tree is returned.</summary>
    /// <param name="path">The setting that the text stands for; empty for a file.</param>
    internal static SettingsNode? Read(byte[] utf8, string path, Func<int, Origin> originOfLine, List<SettingFault> faults)
    {
        ReadOnlySpan<byte> byteOrderMark = [0xEF, 0xBB, 0xBF];
        var text = utf8.AsSpan().StartsWith(byteOrderMark) ? utf8[3..] : utf8;
        var tree = new JsonTree(text, originOfLine, faults);
        try
        {
            var reader = new Utf8JsonReader(text, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = MaxDepth });
            reader.Read();
            var root = tree.ReadValue(ref reader, path, originOfLine(tree.LineOf(reader.TokenStartIndex)));
            reader.Read();
            return root;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // The message of the exception may quote what stands there, which may be a secret: only the place is told.
            var (line, column) = fault is JsonException { LineNumber: { } at } json ? ((int)at + 1, (int)(json.BytePositionInLine ?? 0) + 1) : (tree._line, 1);
            faults.Add(new SettingFault(path, originOfLine(line).Text, "", $"cannot be read as JSON from line {line}, column {column} on",
                "Look for a missing comma, quote or bracket at that place or just before it."));
            return null;
        }
    }

    private SettingsNode ReadValue(ref Utf8JsonReader reader, string path, Origin origin) => reader.TokenType switch
    {
        JsonTokenType.StartObject => ReadObject(ref reader, path, origin),
        JsonTokenType.StartArray => ReadList(ref reader, path, origin),
        JsonTokenType.String => new ScalarNode(origin, ScalarKind.String, reader.GetString()!),
        JsonTokenType.Number => new ScalarNode(origin, ScalarKind.Number, System.Text.Encoding.UTF8.GetString(reader.ValueSpan)),
        JsonTokenType.True => new ScalarNode(origin, ScalarKind.Bool, "true"),
        JsonTokenType.False => new ScalarNode(origin, ScalarKind.Bool, "false"),
        JsonTokenType.Null => new ScalarNode(origin, ScalarKind.Null, "null"),
        _ => throw new InvalidOperationException($"Unexpected token {reader.TokenType}."),
    };

    private ObjectNode ReadObject(ref Utf8JsonReader reader, string path, Origin origin)
    {
        var node = new ObjectNode(origin);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            // The line of the key, not of the value: it is where a reader looks.
            var at = _originOfLine(LineOf(reader.TokenStartIndex));
            var childPath = SettingsPath.Join(path, name);
            reader.Read();
            var child = ReadValue(ref reader, childPath, at);
            if (node.Members.TryAdd(name, child))
                continue;
            _faults.Add(new SettingFault(childPath, at.Text, "", $"is written twice in one object, first at {node.Members[name].Origin.Text}", "Keep one of the two."));
        }

        return node;
    }

    private ListNode ReadList(ref Utf8JsonReader reader, string path, Origin origin)
    {
        var node = new ListNode(origin);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            node.Items.Add(ReadValue(ref reader, SettingsPath.Join(path, node.Items.Count), _originOfLine(LineOf(reader.TokenStartIndex))));
        return node;
    }

    /// <summary>Counts on from the last call: tokens come in order.</summary>
    private int LineOf(long byteIndex)
    {
        _line += _utf8.AsSpan(_countedTo, (int)byteIndex - _countedTo).Count((byte)'\n');
        _countedTo = (int)byteIndex;
        return _line;
    }
}
