using Bascule.Model;

namespace Bascule.Admission;

/// <summary>Where a request carried its token.</summary>
public enum TokenPlace
{
    AuthorizationHeader,
    Subprotocol,
    Query,
}

/// <summary>A token as it came, not checked in any way.</summary>
/// <param name="Token">A secret: never log it.</param>
/// <param name="Subprotocol">With <see cref="TokenPlace.Subprotocol"/>: the whole name as the client offered it; else null.</param>
/// <param name="SubprotocolIndex">Its position in the client's list, from 0; else -1.</param>
public sealed record FoundToken(string Token, TokenPlace Place, string? Subprotocol = null, int SubprotocolIndex = -1)
{
    /// <summary>The place alone, so that the token cannot slip into a log.</summary>
    public override string ToString() => Place.ToString();
}

/// <summary>Finds the token: <c>Authorization: Bearer</c>, else the subprotocol <c>bearer.TOKEN</c>, else the query parameter <c>token</c>.</summary>
/// <remarks>The order goes from the place that leaks least to the one that leaks most: docs/decisions/tokens.md.</remarks>
public static class TokenSource
{
    /// <summary>The query parameter that may carry a token.</summary>
    public const string QueryParameter = "token";

    /// <summary>What a subprotocol that carries a token begins with.</summary>
    public const string SubprotocolPrefix = "bearer.";

    private const string Scheme = "Bearer ";

    /// <summary>The token of the first place that has one, or null.</summary>
    public static FoundToken? Find(RequestHead head) => InAuthorization(head) ?? InSubprotocols(head, SubprotocolPrefix) ?? InQuery(head, QueryParameter);

    /// <summary>The token of the header field alone.</summary>
    public static FoundToken? FindInAuthorization(RequestHead head) => InAuthorization(head);

    private static FoundToken? InAuthorization(RequestHead head)
    {
        foreach (var field in head.Headers)
        {
            if (!field.Key.Equals("Authorization", StringComparison.OrdinalIgnoreCase) || !field.Value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
                continue;
            var token = field.Value[Scheme.Length..].Trim();
            if (token.Length > 0)
                return new FoundToken(token, TokenPlace.AuthorizationHeader);
        }

        return null;
    }

    internal static FoundToken? InSubprotocols(RequestHead head, string prefix)
    {
        var offered = head.Headers.Joined("Sec-WebSocket-Protocol");
        if (offered is null)
            return null;
        var index = 0;
        foreach (var range in offered.AsSpan().Split(','))
        {
            var name = offered.AsSpan(range).Trim();
            if (name.Length > prefix.Length && name.StartsWith(prefix, StringComparison.Ordinal))
                return new FoundToken(name[prefix.Length..].ToString(), TokenPlace.Subprotocol, name.ToString(), index);
            index++;
        }

        return null;
    }

    internal static FoundToken? InQuery(RequestHead head, string parameter) =>
        QueryText.Value(head.Query, parameter) is { Length: > 0 } token ? new FoundToken(token, TokenPlace.Query) : null;
}
