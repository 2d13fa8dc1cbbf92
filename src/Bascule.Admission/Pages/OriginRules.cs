using Bascule.Model;

namespace Bascule.Admission;

/// <summary>Which pages may connect: <c>listen.origins</c>, or <c>origins</c> of a route. Programs send no Origin and are not asked.</summary>
public sealed class OriginRules
{
    private readonly IReadOnlyList<string> _allowed;
    private readonly string _setting;
    private readonly bool _all;
    private readonly bool _self;
    private readonly List<PageOrigin> _origins = [];

    /// <summary><c>null</c> and what has no host, such as <c>file://</c>: compared as it is written.</summary>
    private readonly List<string> _verbatim = [];

    /// <param name="allowed"><c>self</c>, <c>https://app.example.org</c>, <c>https://*.example.org</c>, <c>null</c> or <c>*</c>.</param>
    /// <param name="setting">Where they stand, for the ending: <c>listen.origins</c>.</param>
    public OriginRules(IReadOnlyList<string> allowed, string setting = "listen.origins")
    {
        _allowed = allowed;
        _setting = setting;
        _all = allowed.Contains("*");
        _self = allowed.Contains("self");
        foreach (var entry in allowed)
        {
            if (PageOrigin.TryRead(entry, isPattern: true, out var origin))
                _origins.Add(origin);
            else if (entry is not ("self" or "*"))
                _verbatim.Add(entry);
        }
    }

    /// <returns>Null, or <c>origin_denied</c> with the page that was seen and those that may connect.</returns>
    public Ending? Check(RequestHead head, ClientSource source)
    {
        var count = head.Headers.CountOf("Origin");
        if (count == 0 || _all)
            return null;
        if (count > 1)
            return new Ending(EndReasons.OriginDenied, $"The request has {count} Origin fields; a browser sends one.");
        var origin = head.Headers.First("Origin")!;
        return AllowsOrigin(origin, source) ? null : new Ending(EndReasons.OriginDenied, Denial(origin, source));
    }

    /// <summary>Whether a page of this origin may connect, or call our HTTP API (CORS).</summary>
    public bool AllowsOrigin(string origin, ClientSource source)
    {
        if (_all)
            return true;
        if (!PageOrigin.TryRead(origin, isPattern: false, out var page))
            return _verbatim.Contains(origin, StringComparer.OrdinalIgnoreCase);
        return (_self && IsSelf(page, source)) || _origins.Exists(o => o.Takes(page));
    }

    private static bool IsSelf(PageOrigin page, ClientSource source) =>
        PageOrigin.TryRead(source.Origin, isPattern: false, out var own) && own == page;

    private string Denial(string origin, ClientSource source)
    {
        var seen = origin.Length == 0 ? "The Origin field is empty" : $"The page is from {Evidence.Quote(origin)}";
        var allowed = _allowed.Count == 0 ? "allows none" : $"allows {Evidence.Quote(_allowed)}";
        var self = _self ? $", and `self` is {Evidence.Quote(source.Origin)} here" : "";
        return $"{seen}; {_setting} {allowed}{self}.{Hint(origin, source)}";
    }

    /// <summary>The usual cause when only scheme or port differ: a proxy in front that nobody told the gateway to trust.</summary>
    private string Hint(string origin, ClientSource source)
    {
        if (source.Note is { } note)
            return " " + note;
        if (_self && PageOrigin.TryRead(origin, isPattern: false, out var page) && PageOrigin.TryRead(source.Origin, isPattern: false, out var own)
            && page.Host == own.Host)
            return " The host is the same: if a proxy in front ends TLS or changes the port, list it in listen.trustedProxies and let it send X-Forwarded-Proto.";
        return "";
    }
}
