namespace Bascule.Admission;

/// <summary>An origin of RFC 6454: scheme, host and port, in lower case, the default port written out.</summary>
internal readonly record struct PageOrigin(string Scheme, string Host, int Port)
{
    /// <summary>Reads <c>https://app.example.org</c>, with or without port; nothing may follow.</summary>
    /// <param name="isPattern">Whether the host may begin with <c>*.</c>, which is kept.</param>
    internal static bool TryRead(string text, bool isPattern, out PageOrigin origin)
    {
        origin = default;
        var end = text.IndexOf("://", StringComparison.Ordinal);
        if (end <= 0)
            return false;
        var scheme = text[..end].ToLowerInvariant();
        var rest = text.AsSpan(end + 3);
        var star = isPattern && rest.StartsWith("*.") ? "*." : "";
        if (!HostText.TryRead(rest[star.Length..], out var name, out var port))
            return false;
        origin = new PageOrigin(scheme, star + name.TrimEnd('.').ToString().ToLowerInvariant(), port ?? HostText.DefaultPort(scheme));
        return true;
    }

    /// <summary>Whether the other one is this, or lies below it when this is a pattern.</summary>
    internal bool Takes(PageOrigin other) => Scheme == other.Scheme && Port == other.Port && HostRules.Fits(Host, other.Host);
}
