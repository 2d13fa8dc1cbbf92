using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>A new token for an open connection, whichever way it came: <c>POST /api/connections/ATTEMPT/token</c>, or a message of the client itself.</summary>
public sealed class TokenRenewal(OpenConnections open, Credentials credentials)
{
    /// <summary>Only the user whose connection it is may renew it.</summary>
    /// <returns>The connection with its new end, or why not.</returns>
    public (OpenConnection? Connection, Ending? Refusal) Renew(AttemptId id, Identity identity)
    {
        if (open.Find(id) is not { Identity: { } owner } connection || owner.Subject != identity.Subject || owner.Issuer != identity.Issuer)
            return (null, new Ending(EndReasons.RouteNotFound, "no open connection of this user has this attempt id on this gateway"));
        return connection.Renew(identity) ? (connection, null) : (null, new Ending(EndReasons.TokenExpired, "the connection is ending already"));
    }

    /// <param name="token">As the client sent it.</param>
    public async ValueTask<(OpenConnection? Connection, Ending? Refusal)> RenewAsync(AttemptId id, string token, CancellationToken cancellation)
    {
        if (open.Find(id) is { Route.Auth: AuthPolicy.Gateway })
            return (null, new Ending(EndReasons.TokenMissing, $"another gateway brought this client, and knows its token: renew it there with POST /api/connections/{id}/token"));
        if (open.Find(id)?.Rules.Tokens is not { } tokens)
            return (null, new Ending(EndReasons.TokenMissing, "this gateway has no auth.jwt, so that it knows no tokens"));
        var result = await credentials.CheckAsync(tokens, token, cancellation);
        return result.Accepted ? Renew(id, result.Identity) : (null, result.Refusal);
    }
}
