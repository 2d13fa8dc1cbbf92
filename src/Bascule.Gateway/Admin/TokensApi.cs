using Bascule.Admission;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>Revocations: tokens that are believed no more, here and on the other gateways.</summary>
internal sealed class TokensApi(RevocationList revocations, ClusterLink cluster, GatewayMetrics metrics)
{
    internal IEnumerable<AdminRoute> Routes() =>
    [
        new("POST", "/api/tokens:revoke", AdminRole.Act, "Revokes a token, all tokens of a subject up to now, or a session; ends their connections with 4603, on all gateways that share the storage.", RevokeAsync)
        {
            Query =
            [
                ("jti", "The id of one token."), ("subject", "All that this subject got before now."), ("session", "All of this session (`sid`), later ones too."),
                ("issuer", "Only tokens of this issuer; any when missing."), ("for", "How long it holds; 24h when missing: as long as the tokens live."), ("why", "For the audit log."),
            ],
            Answer = typeof(RevocationsDocument),
        },
        new("GET", "/api/revocations", AdminRole.Read, "Revocations that hold now.", call => AnswerAsync(call, revocations.All)) { Answer = typeof(RevocationsDocument) },
    ];

    private Task RevokeAsync(AdminCall call)
    {
        (RevocationKind Kind, string? Value)[] named =
            [(RevocationKind.Token, call.Query("jti")), (RevocationKind.Subject, call.Query("subject")), (RevocationKind.Session, call.Query("session"))];
        if (named.Count(n => n.Value is not null) != 1)
            throw new AdminRefusal(400, "Nothing named", "Name exactly one of jti, subject and session.");
        DateTimeOffset? until = null;
        if (call.Query("for") is { } text)
            until = DurationText.TryParse(text, out var life) && life > TimeSpan.Zero ? call.Now + life : throw new AdminRefusal(400, "Bad parameter", $"`for` is `{text}`; write a duration such as 1h or 30d.");
        var (kind, value) = named.First(n => n.Value is not null);
        var revocation = revocations.Make(kind, value!, call.Query("issuer"), until);
        if (!cluster.TryRevoke(revocation, out var fault))
            throw new AdminRefusal(503, "Not revoked", fault!);
        metrics.Revoked();
        call.Outcome = cluster.Shared is null ? "revoked on this gateway" : cluster.State.Mode == Cluster.ClusterMode.Connected ? "revoked" : "revoked on this gateway; the others hear of it when the storage is back";
        return AnswerAsync(call, [revocation], cluster.Shared is not null && cluster.State.Mode != Cluster.ClusterMode.Connected ? call.Outcome : null);
    }

    private static Task AnswerAsync(AdminCall call, IReadOnlyList<Revocation> all, string? note = null) => call.AnswerAsync(
        new RevocationsDocument([.. all.Select(r => new RevocationDocument(r.Kind, r.Value, r.Issuer, r.RevokedAt, r.Until))], note), ReadableJson.Admin.RevocationsDocument);
}
