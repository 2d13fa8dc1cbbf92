using System.Text;

namespace Bascule.Gateway;

/// <summary>Turns instrument and tag names into names that Prometheus takes: <c>bascule.queue.wait</c> in <c>s</c> is <c>bascule_queue_wait_seconds</c>.</summary>
internal static class PrometheusNames
{
    /// <param name="type">With <c>counter</c> the name ends in <c>_total</c>.</param>
    internal static string Family(string instrument, string? unit, string type)
    {
        var name = Clean(instrument, colonAllowed: true);
        var suffix = Unit(unit);
        if (suffix.Length > 0 && !Ends(name, suffix))
            name = $"{name}_{suffix}";
        return type == "counter" && !Ends(name, "total") ? name + "_total" : name;
    }

    internal static string Label(string tag) => Clean(tag, colonAllowed: false);

    /// <summary>The word for a UCUM unit. Counts in braces, as <c>{connection}</c>, have none.</summary>
    private static string Unit(string? unit) => unit switch
    {
        null or "" or "1" => "",
        "s" => "seconds",
        "ms" => "milliseconds",
        "us" => "microseconds",
        "ns" => "nanoseconds",
        "By" => "bytes",
        "%" => "percent",
        _ when unit[0] == '{' => "",
        _ => Clean(unit, colonAllowed: false).Trim('_'),
    };

    private static bool Ends(string name, string word) => name.EndsWith("_" + word, StringComparison.Ordinal);

    private static string Clean(string name, bool colonAllowed)
    {
        var clean = new StringBuilder(name.Length + 1);
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
            clean.Append('_');
        foreach (var c in name)
        {
            var fits = char.IsAsciiLetterOrDigit(c) || (colonAllowed && c == ':');
            if (fits)
                clean.Append(c);
            else if (clean.Length == 0 || clean[^1] != '_')
                clean.Append('_');
        }

        return clean.ToString();
    }
}
