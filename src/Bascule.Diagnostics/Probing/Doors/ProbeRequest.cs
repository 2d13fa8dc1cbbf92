using System.Security.Cryptography;

namespace Bascule.Diagnostics;

/// <summary>The requests of a probe: as a browser writes them, so that nobody treats them in another way.</summary>
internal sealed class ProbeRequest(ProbeTarget target)
{
    internal const string Extensions = "permessage-deflate; client_max_window_bits";

    private readonly string _elsewhere = $"/bascule-probe-{RandomNumberGenerator.GetHexString(12, lowercase: true)}";

    /// <summary>The upgrade, with everything that the target wants sent.</summary>
    internal HeadText Upgrade()
    {
        var head = HeadText.Upgrade(target.Url)
            .With("Origin", target.Origin ?? target.OwnOrigin).With("User-Agent", "bascule-probe").With("Cache-Control", "no-cache")
            .With("Sec-WebSocket-Extensions", Extensions);
        if (target.Subprotocols.Count > 0)
            head = head.With("Sec-WebSocket-Protocol", string.Join(", ", target.Subprotocols));
        return Dressed(head);
    }

    /// <summary>The same to a path that nobody can know.</summary>
    internal HeadText UpgradeElsewhere() => Upgrade() with { FirstLine = $"GET {_elsewhere} HTTP/1.1" };

    /// <summary>The upgrade with the token in the query instead of the header.</summary>
    internal HeadText UpgradeWithTokenIn(string parameter)
    {
        var query = target.Url.Query.Length > 1 ? target.Url.Query + "&" : "?";
        return Upgrade().Without("Authorization") with { FirstLine = $"GET {target.Url.AbsolutePath}{query}{parameter}={Uri.EscapeDataString(target.Token ?? "")} HTTP/1.1" };
    }

    /// <summary>The upgrade with one parameter of the query made up, in the length that it had; and what was made up.</summary>
    internal (HeadText Request, string MadeUp) UpgradeWithOther(string parameter, string value)
    {
        var other = MadeUp(value.Length);
        var query = target.Url.Query.Replace($"{parameter}={value}", $"{parameter}={other}", StringComparison.Ordinal);
        return (Upgrade() with { FirstLine = $"GET {target.Url.AbsolutePath}{query} HTTP/1.1" }, other);
    }

    /// <summary>The upgrade with a token that nobody issued, and that token.</summary>
    internal (HeadText Request, string MadeUp) UpgradeWithOtherToken()
    {
        var other = MadeUp(target.Token?.Length ?? 0);
        return (Upgrade().Replace("Authorization", $"Bearer {other}"), other);
    }

    internal HeadText Plain() => Plain(target.Url.PathAndQuery);

    /// <summary>As a page's EventSource asks.</summary>
    internal HeadText Events() => Plain().Replace("Accept", "text/event-stream");

    internal HeadText PlainElsewhere() => Plain(_elsewhere);

    private HeadText Plain(string path) =>
        Dressed(new HeadText($"GET {path} HTTP/1.1", [new("Host", target.Url.Authority), new("User-Agent", "bascule-probe"), new("Accept", "*/*"), new("Connection", "close")]));

    private static string MadeUp(int length)
    {
        const int least = 8;
        const int most = 4096;
        return RandomNumberGenerator.GetHexString(Math.Clamp(length, least, most), lowercase: true);
    }

    private HeadText Dressed(HeadText head)
    {
        if (target.Token is { } token)
            head = head.With("Authorization", $"Bearer {token}");
        foreach (var (name, value) in target.Headers)
            head = head.Value(name) is null ? head.With(name, value) : head.Replace(name, value);
        return head;
    }
}
