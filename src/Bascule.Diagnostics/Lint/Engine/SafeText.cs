using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Bascule.Diagnostics;

/// <summary>Values of variables as findings may show them: no secret is ever printed.</summary>
internal static class SafeText
{
    private static readonly Regex Plain = SourceText.Pattern("^([0-9]{1,9}(ms|s|m|h)?|true|false|yes|no|on|off)$");
    private static readonly Regex Word = SourceText.Pattern("^[a-z][a-z0-9_-]{0,19}$");

    /// <summary>Names and values as shells, YAML, JSON and env files write them.</summary>
    private static readonly Regex Pair = SourceText.Pattern(@"(?<name>[A-Za-z_][A-Za-z0-9_.-]*)[""']?\s*[=:]\s*[""']?(?<value>[^\s""',;]+)");

    /// <summary>A variable as Kubernetes and others list it, on one line: <c>{ name: API_KEY, value: … }</c>, in either order.</summary>
    private static readonly Regex[] Listed =
    [
        SourceText.Pattern(@"\b(name|key)[""']?\s*[=:]\s*[""']?(?<name>[A-Za-z_][A-Za-z0-9_.-]*)[""']?\s*,\s*[""']?value[""']?\s*[=:]\s*[""']?(?<value>[^\s""',;}]+)"),
        SourceText.Pattern(@"\bvalue[""']?\s*[=:]\s*[""']?(?<value>[^\s""',;}]+)[""']?\s*,\s*[""']?(name|key)[""']?\s*[=:]\s*[""']?(?<name>[A-Za-z_][A-Za-z0-9_.-]*)"),
    ];

    /// <summary>A line that shows something which may be a secret, by its name or its shape.</summary>
    internal static bool HoldsSecret(string line) =>
        SecretMask.Value("", line) != line || Listed.Prepend(Pair).SelectMany(form => form.Matches(line)).Any(pair => SecretMask.Value(pair.Groups["name"].Value, pair.Groups["value"].Value) == SecretMask.Mask);

    /// <summary>The host of a URL; null where the text is none.</summary>
    internal static string? HostOf(string? text) => Url(text)?.Host;

    internal static Uri? Url(string? text) =>
        text is not null && text.Contains("://", StringComparison.Ordinal) && Uri.TryCreate(text.Trim(), UriKind.Absolute, out var url) && url.Host.Length > 0 ? url : null;

    /// <summary>Scheme, host and port of a URL: without user, path and query, which may hold tokens.</summary>
    internal static string Address(string text) => Url(text) is { } url ? url.IsDefaultPort ? $"{url.Scheme}://{url.Host}" : $"{url.Scheme}://{url.Host}:{url.Port}" : "a URL";

    /// <summary>A value in words: as it is where it is a mode or a number, else only the start of its hash.</summary>
    internal static string Shown(string key, string value)
    {
        var isMode = key.EndsWith("_MODE", StringComparison.Ordinal) || key.EndsWith("_ENV", StringComparison.Ordinal) || key.EndsWith("_STORE", StringComparison.Ordinal);
        var isSecret = key.Contains("SECRET", StringComparison.OrdinalIgnoreCase) || key.Contains("PASS", StringComparison.OrdinalIgnoreCase) || key.Contains("TOKEN", StringComparison.OrdinalIgnoreCase)
            || key.Contains("KEY", StringComparison.OrdinalIgnoreCase) || key.Contains("PIN", StringComparison.OrdinalIgnoreCase) || SecretMask.IsNameOfSecret(key);
        if (!isSecret && (Plain.IsMatch(value) || (isMode && Word.IsMatch(value))))
            return value;
        return $"(hash {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(value)))[..8]})";
    }
}
