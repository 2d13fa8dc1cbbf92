using System.Globalization;

namespace Bascule.Gateway.Tests;

/// <summary>A protobuf message, as <c>protoc</c> reads it: its decoder is not the one that wrote the bytes.</summary>
internal sealed class Node
{
    private readonly List<(string Name, string Value)> _values = [];
    private readonly List<(string Name, Node Child)> _children = [];

    internal static async Task<Node> DecodeAsync(string message, byte[] bytes)
    {
        var (code, text) = await Tool.RunAsync("protoc", "protobuf-compiler", [$"--decode=otlp.{message}", $"-I{AppContext.BaseDirectory}", "otlp.proto"], bytes);
        Assert.True(code == 0, text);
        var lines = new Queue<string>(text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return Read(lines);
    }

    internal IEnumerable<Node> All(string name) => _children.Where(c => c.Name == name).Select(c => c.Child);

    internal string? Value(string name) => _values.Where(v => v.Name == name).Select(v => v.Value).FirstOrDefault();

    /// <summary>Bytes as hexadecimal digits.</summary>
    internal string? Hex(string name) => Value(name) is { } text ? Convert.ToHexStringLower(Unescape(text)) : null;

    /// <summary>Nanoseconds since 1970.</summary>
    internal DateTimeOffset Time(string name) => DateTimeOffset.UnixEpoch.AddTicks(long.Parse(Value(name)!, CultureInfo.InvariantCulture) / 100);

    internal IReadOnlyDictionary<string, string> Attributes =>
        All("attributes").ToDictionary(a => a.Value("key")!, a => a.All("value").Single()._values.Single().Value, StringComparer.Ordinal);

    private static Node Read(Queue<string> lines)
    {
        var node = new Node();
        while (lines.TryDequeue(out var line) && line != "}")
        {
            if (line.EndsWith(" {", StringComparison.Ordinal))
                node._children.Add((line[..^2], Read(lines)));
            else
                node._values.Add((line[..line.IndexOf(':')], Bare(line[(line.IndexOf(':') + 1)..].Trim())));
        }

        return node;
    }

    /// <summary>Without the quotes around it, and no others: the last byte may be one.</summary>
    private static string Bare(string text) => text.Length > 1 && text[0] == '"' ? text[1..^1] : text;

    /// <summary>The text format writes bytes as C does: <c>\001</c>, <c>\n</c>, <c>\"</c>.</summary>
    private static byte[] Unescape(string text)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
                bytes.Add((byte)text[i]);
            else if (char.IsAsciiDigit(text[i + 1]))
            {
                bytes.Add(Convert.ToByte(text.Substring(i + 1, 3), 8));
                i += 3;
            }
            else
            {
                i++;
                bytes.Add(text[i] switch { 'n' => (byte)'\n', 'r' => (byte)'\r', 't' => (byte)'\t', var other => (byte)other });
            }
        }

        return [.. bytes];
    }
}
