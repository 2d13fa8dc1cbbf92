using System.Net;
using System.Text.RegularExpressions;

namespace Bascule.Gateway;

/// <summary>Makes text from outside fit to be kept and shown: short, on one line, without secrets.</summary>
/// <remarks>The second net: the gateway has masked the query already, but a detail or a backend's answer may quote a token.</remarks>
public static partial class EvidenceText
{
    /// <summary>Longer texts are cut: 300 characters hold any honest user agent, and 16 notes stay below 10 kB.</summary>
    public const int MaxCharacters = 300;

    private const int LongestLookedAt = 1024;

    /// <summary>Null stays null; a text that needs no change is returned as it is, without allocating.</summary>
    public static string? Clean(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return text;
        // Masked before it is cut, else half a token would no longer look like one. What is far too long is cut first, to bound the work:
        // a token that begins in the part that is kept has its first dot long before this.
        if (text.Length > LongestLookedAt)
            text = text[..LongestLookedAt];
        if (MayHoldSecret(text))
            text = SecretParameter().Replace(Bearer().Replace(WebToken().Replace(text, "***"), "${kept}***"), "${kept}***");
        if (text.Length > MaxCharacters)
            text = string.Concat(text.AsSpan(0, MaxCharacters - 1), "…");
        return text.AsSpan().ContainsAnyExceptInRange(' ', '~') ? Unprintable().Replace(text, " ") : text;
    }

    /// <summary>Hides what the public must not learn: addresses, and the name of the node.</summary>
    public static string WithoutAddresses(string text, string? node)
    {
        if (node is { Length: > 0 })
        {
            text = text.Replace(node, "the node", StringComparison.OrdinalIgnoreCase);
            if (Uri.TryCreate(node, UriKind.Absolute, out var url) && url.Host.Length > 0)
                text = text.Replace(url.Authority, "the node", StringComparison.OrdinalIgnoreCase).Replace(url.Host, "the node", StringComparison.OrdinalIgnoreCase);
        }

        return MaybeAddress6().Replace(Address4().Replace(text, "(address)"), static match =>
            match.Value.Count(c => c == ':') >= 2 && IPEndPoint.TryParse(match.Value.TrimEnd('.'), out _) ? "(address)" : match.Value);
    }

    private static bool MayHoldSecret(string text) =>
        text.Contains("eyJ", StringComparison.Ordinal) || text.Contains("earer", StringComparison.OrdinalIgnoreCase) || text.Contains('=');

    // Base64url of {" is eyJ: every JSON Web Token starts so. Two parts are enough to call it one.
    [GeneratedRegex(@"eyJ[\w-]{4,}\.[\w.-]*", RegexOptions.CultureInvariant, Timeout.Infinite)]
    private static partial Regex WebToken();

    [GeneratedRegex(@"(?<kept>\bBearer(?:\s+|\.))[^\s,;""]+", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, Timeout.Infinite)]
    private static partial Regex Bearer();

    [GeneratedRegex(@"(?<kept>\b(?:token|access_token|id_token|ticket|jwt|api_?key|secret|password|signature)=)[^&\s;,""]+",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, Timeout.Infinite)]
    private static partial Regex SecretParameter();

    // Control and format characters: line breaks forge log lines, direction marks reorder what is read.
    [GeneratedRegex(@"[\p{Cc}\p{Cf}\u2028\u2029]", RegexOptions.CultureInvariant, Timeout.Infinite)]
    private static partial Regex Unprintable();

    [GeneratedRegex(@"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?(?![\d.]*\d)", RegexOptions.CultureInvariant, Timeout.Infinite)]
    private static partial Regex Address4();

    [GeneratedRegex(@"(?<![\w:])[\[0-9a-f:][\]0-9a-f:.]{2,}(?:%\w+\]?(?::\d+)?)?", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, Timeout.Infinite)]
    private static partial Regex MaybeAddress6();
}
