using System.Text;
using Bascule.Protocol;

namespace Bascule.Gateway.Tests;

/// <summary>The head of a request or an answer as it stood on the wire.</summary>
internal sealed record MessageHead(string StartLine, IReadOnlyList<KeyValuePair<string, string>> Fields)
{
    internal int Status => int.Parse(StartLine.Split(' ')[1]);

    /// <summary>The target of a request: path and query.</summary>
    internal string Target => StartLine.Split(' ')[1];

    internal string? Field(string name) => All(name) is { Count: > 0 } values ? string.Join(", ", values) : null;

    internal IReadOnlyList<string> All(string name) =>
        [.. Fields.Where(f => f.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(f => f.Value)];

    internal static MessageHead Parse(string text)
    {
        var lines = text.TrimEnd().Split("\r\n");
        return new MessageHead(lines[0], [.. lines[1..].Select(Pair)]);
    }

    public override string ToString() => StartLine + "\n" + string.Join('\n', Fields.Select(f => $"{f.Key}: {f.Value}"));

    private static KeyValuePair<string, string> Pair(string line)
    {
        var colon = line.IndexOf(':');
        return new(line[..colon], line[(colon + 1)..].Trim());
    }
}

internal sealed record WireAnswer(MessageHead Head, string Body)
{
    internal int Status => Head.Status;

    internal string? Field(string name) => Head.Field(name);
}

/// <param name="Payload">Unmasked.</param>
internal sealed record WireFrame(Opcode Opcode, byte[] Payload, bool Final, bool Masked)
{
    internal string Text => Encoding.UTF8.GetString(Payload);

    /// <summary>Of a close frame; 0 without one.</summary>
    internal int CloseCode => Payload.Length < 2 ? 0 : (Payload[0] << 8) | Payload[1];

    internal string CloseReason => Payload.Length < 2 ? "" : Encoding.UTF8.GetString(Payload.AsSpan(2));
}
