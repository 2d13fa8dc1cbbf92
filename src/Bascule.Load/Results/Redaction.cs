namespace Bascule.Load;

/// <summary>Takes everything out of a plan that could be a secret, so that a report can be shown to anybody.</summary>
internal static class Redaction
{
    private const string Hidden = "***";

    // The names of subprotocols in the registry of IANA have at most 38 characters; what is longer is likely a token.
    private const int LongestSubprotocol = 40;

    internal static LoadPlan WithoutSecrets(LoadPlan plan) => plan with
    {
        Tokens = [],
        Headers = [.. plan.Headers.Select(field => KeyValuePair.Create(field.Key, Hidden))],
        Subprotocols = [.. plan.Subprotocols.Select(Subprotocol)],
        Targets = [.. plan.Targets.Select(target => target with { Urls = [.. target.Urls.Select(Url)] })],
    };

    /// <summary>Without user and password; the values of the query are hidden, because nobody knows which of them is a token.</summary>
    internal static Uri Url(Uri url)
    {
        if (!url.IsAbsoluteUri || (url.UserInfo.Length == 0 && url.Query.Length <= 1))
            return url;
        var pairs = url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.IndexOf('=') is var equals and >= 0 ? pair[..(equals + 1)] + Hidden : Hidden);
        return new UriBuilder(url) { UserName = "", Password = "", Query = string.Join('&', pairs), Fragment = "" }.Uri;
    }

    /// <summary>Browsers can send a token only so: <c>bearer.TOKEN</c>.</summary>
    private static string Subprotocol(string name) => name.IndexOf("bearer.", StringComparison.OrdinalIgnoreCase) is var at and >= 0
        ? name[..(at + "bearer.".Length)] + Hidden
        : name.Length > LongestSubprotocol ? Hidden : name;
}
