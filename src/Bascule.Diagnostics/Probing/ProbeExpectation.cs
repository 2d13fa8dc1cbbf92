using System.Globalization;

namespace Bascule.Diagnostics;

/// <summary>Something that a script wants to be true of a report: <c>status=101</c>, <c>echo</c>.</summary>
/// <param name="Value">Empty for those without one.</param>
public sealed record ProbeExpectation(string Name, string Value)
{
    /// <summary>All that can be expected, for help and messages.</summary>
    public const string Known = "status=N, subprotocol=NAME, extension=NAME, server=NAME, close=N, websocket, pong, echo, http2, clean";

    private static readonly string[] Names = [.. Known.Split(", ").Select(name => name.Split('=')[0])];

    /// <summary>Reads a list with commas.</summary>
    /// <returns>Null, or what is wrong with it.</returns>
    public static string? Read(string text, out IReadOnlyList<ProbeExpectation> expectations)
    {
        List<ProbeExpectation> read = [];
        expectations = read;
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=');
            var (name, value) = equals < 0 ? (part, "") : (part[..equals], part[(equals + 1)..]);
            var isFine = name switch
            {
                "status" or "close" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _),
                "subprotocol" or "extension" or "server" => value.Length > 0,
                "websocket" or "pong" or "echo" or "http2" or "clean" => equals < 0,
                _ => false,
            };
            if (!isFine)
                // The value of a name that nobody knows may be meant for another option.
                return $"\"{(Names.Contains(name) ? part : name)}\" cannot be expected. There are: {Known}.";
            read.Add(new ProbeExpectation(name, value));
        }

        return read.Count == 0 ? $"nothing is expected. There are: {Known}." : null;
    }

    /// <summary>Null when it is true, else what there was instead.</summary>
    public string? FaultIn(ProbeReport report)
    {
        var facts = report.Facts;
        return Name switch
        {
            "status" => Is(facts.Status == Number(), $"{facts.Status}"),
            "close" => Is(facts.CloseCode == Number(), $"{facts.CloseCode}"),
            "subprotocol" => Is(facts.Subprotocol == Value, facts.Subprotocol ?? "none"),
            "extension" => Is(Offers.In(facts.Extensions).Any(e => e.Name == Value), facts.Extensions ?? "none"),
            "server" => Is(facts.Server?.Contains(Value, StringComparison.OrdinalIgnoreCase) == true, facts.Server ?? "none"),
            "websocket" => Is(facts.IsWebSocket, "no WebSocket"),
            "pong" => Is(facts.Pongs, "no pong"),
            "echo" => Is(facts.Echoes, "no echo"),
            "http2" => Is(facts.Http2, "no WebSocket over HTTP/2"),
            _ => Is(report.IsGood, report.Verdicts.Count == 0 ? "" : report.Verdicts[0].Headline),
        };
    }

    public override string ToString() => Value.Length == 0 ? Name : $"{Name}={Value}";

    private int Number() => int.Parse(Value, CultureInfo.InvariantCulture);

    private static string? Is(bool holds, string instead) => holds ? null : instead;
}
