using System.Globalization;
using System.Text;

namespace Bascule.Terminal;

/// <summary>How characters look (SGR): bold, colours and the like.</summary>
/// <param name="Attributes">Bit n: the attribute that SGR n switches on, 1 to 9, 21 and 53.</param>
/// <param name="Underline">Style of underline as written with a colon, <c>4:3</c>; null: none or the plain one.</param>
/// <param name="Foreground">As it was written: <c>31</c>, <c>38;5;208</c>; null: the terminal's own.</param>
internal readonly record struct Rendition(long Attributes, string? Underline, string? Foreground, string? Background, string? UnderlineColour)
{
    private const long Blinks = 1L << 5 | 1L << 6;
    private const long Weights = 1L << 1 | 1L << 2;
    private const long Underlines = 1L << 4 | 1L << 21;
    private const int MostColour = 32;

    /// <param name="parameters">Of CSI … m; empty is 0.</param>
    internal Rendition Apply(ReadOnlySpan<byte> parameters)
    {
        var now = this;
        var items = Encoding.ASCII.GetString(parameters).Split(';');
        for (var i = 0; i < items.Length; i++)
        {
            var item = items[i];
            var code = Code(item);
            if (code is 38 or 48 or 58)
            {
                var colour = item;
                if (!item.Contains(':'))
                {
                    // Without colons the parts of the colour are parameters of their own. Those that are missing at the end are 0: else it would take its parts from what stands behind it in a restored text.
                    var more = (i + 1 < items.Length ? items[i + 1] : "") switch { "5" => 2, "2" => 4, _ => 0 };
                    if (more == 0)
                        continue;
                    colour = string.Join(';', Enumerable.Range(i, more + 1).Select(at => at < items.Length ? items[at] : "0"));
                    i += more;
                }

                now = colour.Length > MostColour ? now : now.WithColour(code, colour);
                continue;
            }

            now = now.With(code, item);
        }

        return now;
    }

    /// <summary>Parameters of one SGR that makes it, from anything.</summary>
    public override string ToString()
    {
        var text = new StringBuilder("0");
        for (var code = 1; code < 64; code++)
            if ((Attributes & 1L << code) != 0)
                text.Append(CultureInfo.InvariantCulture, $";{code}");
        foreach (var item in (ReadOnlySpan<string?>)[Underline, Foreground, Background, UnderlineColour])
            if (item is not null)
                text.Append(';').Append(item);
        return text.ToString();
    }

    private static int Code(string item)
    {
        var colon = item.IndexOf(':');
        return int.TryParse(colon < 0 ? item : item[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : item.Length == 0 ? 0 : -1;
    }

    private Rendition With(int code, string item) => code switch
    {
        0 => default,
        4 when item.Contains(':') => item == "4:0" ? Without(Underlines) with { Underline = null } : Without(Underlines) with { Underline = item.Length > MostColour ? null : item },
        4 or 21 => Without(Underlines) with { Attributes = Attributes & ~Underlines | 1L << code, Underline = null },
        >= 1 and <= 9 or 53 => this with { Attributes = Attributes | 1L << code },
        22 => Without(Weights),
        23 => Without(1L << 3),
        24 => Without(Underlines) with { Underline = null },
        25 => Without(Blinks),
        27 => Without(1L << 7),
        28 => Without(1L << 8),
        29 => Without(1L << 9),
        55 => Without(1L << 53),
        (>= 30 and <= 37) or (>= 90 and <= 97) => this with { Foreground = item },
        39 => this with { Foreground = null },
        (>= 40 and <= 47) or (>= 100 and <= 107) => this with { Background = item },
        49 => this with { Background = null },
        59 => this with { UnderlineColour = null },
        _ => this,
    };

    private Rendition WithColour(int code, string colour) => code switch
    {
        38 => this with { Foreground = colour },
        48 => this with { Background = colour },
        _ => this with { UnderlineColour = colour },
    };

    private Rendition Without(long attributes) => this with { Attributes = Attributes & ~attributes };
}
