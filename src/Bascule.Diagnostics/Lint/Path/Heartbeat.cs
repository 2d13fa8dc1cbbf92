using System.Text.RegularExpressions;

namespace Bascule.Diagnostics;

/// <summary>Traffic that comes without a person doing something.</summary>
/// <param name="Seconds">The period.</param>
/// <param name="IsServer">Whether the server sends it: a page's timer is throttled in a hidden tab.</param>
/// <param name="Origin">How it is known, in words.</param>
public sealed record Heartbeat(double Seconds, Place Place, bool IsServer, string Origin)
{
    private static readonly Regex Assigned = SourceText.Pattern(
        @"(?i)(?<key>heartbeat_delay|(heart_?-?beat|ws_?-?ping|ping|keep_?-?alive)_?-?(interval|period|every)(_?-?(ms|seconds|secs|sec|millis|milliseconds))?)[""']?\s*(:=|=|:)\s*(?<value>[^\n;,]+)");

    private static readonly Regex Interval = SourceText.Pattern(@"(?s)setInterval\s*\((?<body>.{1,400}?),\s*(?<value>[0-9_]{4,}|[0-9_]+(\s*\*\s*[0-9_]+)+)\s*\)");
    private static readonly Regex Ticker = SourceText.Pattern(@"(time\.NewTicker|time\.Tick)\((?<value>[^)\n]+)\)");
    private static readonly Regex Factor = SourceText.Pattern(@"[0-9][0-9_]*(\.[0-9]+)?");
    private static readonly Regex PongWait = SourceText.Pattern(@"pongWait\s*(:=|=)\s*(?<value>[^\n]+)");

    public static IEnumerable<Heartbeat> Read(Deployment deployment) =>
        deployment.Sources.SelectMany(OfSource).Concat(BuiltInPings.OfDaphne(deployment))
            .Concat(deployment.Variables.Where(v => IsPeriod(v.Key)).Select(OfVariable).OfType<Heartbeat>())
            .Concat(deployment.Containers.Select(BuiltInPings.OfContainer).OfType<Heartbeat>())
            .Where(h => h.Seconds is > 0 and < 86400);

    private static IEnumerable<Heartbeat> OfSource(LintFile file)
    {
        var language = SourceText.Language(file.Path);
        var isServer = language is not ("js" or "html" or "swift") || SourceSigns.NodeServer.IsMatch(file.Text);
        foreach (Match match in Assigned.Matches(file.Text))
        {
            if (!SourceText.IsComment(file.Text, match.Index) && Amount(match.Groups["value"].Value, match.Groups["key"].Value, file.Text) is { } seconds)
                yield return new Heartbeat(seconds, file.PlaceOf(match.Index), isServer, match.Groups["key"].Value);
        }

        foreach (Match match in language == "js" || language == "html" ? Interval.Matches(file.Text) : Enumerable.Empty<Match>())
        {
            if (match.Groups["body"].Value.Contains("ping", StringComparison.OrdinalIgnoreCase) || match.Groups["body"].Value.Contains("heartbeat", StringComparison.OrdinalIgnoreCase))
                yield return new Heartbeat(Product(match.Groups["value"].Value) / 1000, file.PlaceOf(match.Index), isServer, "setInterval");
        }

        foreach (Match match in language == "go" && file.Text.Contains("Ping", StringComparison.Ordinal) ? Ticker.Matches(file.Text) : Enumerable.Empty<Match>())
        {
            if (Amount(match.Groups["value"].Value, "", file.Text) is { } seconds)
                yield return new Heartbeat(seconds, file.PlaceOf(match.Index), true, "ticker");
        }

        foreach (var known in BuiltInPings.OfSource(file, language))
            yield return known;

        if (language == "cs" && SourceSigns.UseWebSockets.Match(file.Text) is { Success: true } bare && !file.Text.Contains("KeepAliveInterval", StringComparison.Ordinal))
            yield return new Heartbeat(120, file.PlaceOf(bare.Index), true, "UseWebSockets sends keep-alive frames every 120 s unless told otherwise");
    }

    private static Heartbeat? OfVariable(ConfigNode variable) =>
        Amount(variable.Value ?? "", variable.Key, "") is { } seconds ? new Heartbeat(seconds, variable.Place, true, variable.Key) : null;

    private static bool IsPeriod(string key) => Assigned.IsMatch(key + "=1");

    /// <summary>Seconds of an expression; null where it is no number.</summary>
    private static double? Amount(string value, string key, string text)
    {
        if (value.Contains("pongWait", StringComparison.Ordinal) && PongWait.Match(text) is { Success: true } wait && Amount(wait.Groups["value"].Value, "", "") is { } pong)
            return value.Contains('9') ? pong * 0.9 : pong / 2;
        var number = value.Trim().Trim('"', '\'', ')', '}', ' ', '`');
        if (TimeText.Seconds(number) is { } plain && !char.IsAsciiDigit(number[^1]))
            return plain;
        if (!value.Any(char.IsAsciiDigit) || value.TrimStart() is [not (>= '0' and <= '9' or '"' or '\'' or 'T' or 't'), ..])
            return null;
        var product = Product(value);
        if (value.Contains("Minute", StringComparison.Ordinal))
            return product * 60;
        if (value.Contains("Milliseconds", StringComparison.Ordinal) || value.Contains("Millisecond", StringComparison.Ordinal))
            return product / 1000;
        if (value.Contains("Second", StringComparison.Ordinal))
            return product;
        // Nobody pings once in a quarter of an hour: such a number counts milliseconds.
        return key.EndsWith("ms", StringComparison.OrdinalIgnoreCase) || key.Contains("milli", StringComparison.OrdinalIgnoreCase) || product >= 1000 ? product / 1000 : product;
    }

    internal static double Product(string text) =>
        Factor.Matches(text).Take(4).Aggregate(1.0, (product, factor) => product * (TimeText.Number(factor.Value.Replace("_", "", StringComparison.Ordinal)) ?? 1));
}
