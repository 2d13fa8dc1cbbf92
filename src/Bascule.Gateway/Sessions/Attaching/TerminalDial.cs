using Bascule.Admission;
using Bascule.Model;
using Bascule.Protocol;
using Bascule.Relay;
using Bascule.Sessions;
using Bascule.Settings;
using Bascule.Terminal;

namespace Bascule.Gateway;

/// <summary>The way to the host of a session: what is sent there of the client's request, which is little. A host may be a pod in which its user can see everything.</summary>
internal sealed class TerminalDial
{
    /// <summary>contract/terminal.md.</summary>
    private static readonly string[] Known = [TermProtocol.Term, TermProtocol.Text, TermProtocol.ChannelV5, TermProtocol.ChannelV4];

    private readonly string _query;
    private readonly HeaderList _fields;
    private readonly UpgradeOffer _offer;
    private readonly TerminalTerms _terms;

    private TerminalDial(string query, HeaderList fields, UpgradeOffer offer, TerminalTerms terms)
    {
        _query = query;
        _fields = fields;
        _offer = offer;
        _terms = terms;
    }

    internal UpgradeOffer Offer => _offer;

    /// <summary>The client knows what a notice is, so that it may wait with its 101.</summary>
    internal static bool TakesNotices(UpgradeOffer offer) => offer.Subprotocols.FirstOrDefault(Known.Contains) == TermProtocol.Term;

    /// <summary>A client that offers something, and nothing that a host speaks; null when that is well.</summary>
    internal static Ending? SubprotocolFault(UpgradeOffer offer)
    {
        var offered = offer.Subprotocols.Where(s => !IsCredential(s)).ToList();
        return offered.Count == 0 || offered.Exists(Known.Contains) ? null : new Ending(EndReasons.BadSubprotocol, $"sessions speak {string.Join(", ", Known)}, or none of them: plain text");
    }

    /// <summary>Takes from the request all that is needed later, when it was let go.</summary>
    internal static TerminalDial For(Passage passage, SessionPlan plan)
    {
        var attempt = passage.Attempt.Id.ToString();
        var fields = new HeaderList(6);
        fields.Add("X-Bascule-Attempt", attempt);
        foreach (var (name, value) in passage.Rules.Fields.Added(passage).Where(f => f.Key is "traceparent" or "X-Forwarded-For"))
            fields.Add(name, value);
        // No compression: what is small and often is not worth its memory.
        var offer = passage.Offer! with { Subprotocols = [.. passage.Offer.Subprotocols.Where(Known.Contains)], Extensions = [], ExtensionsText = null };
        var query = QueryText.Without(
            passage.Head.Query, SessionPath.Parameter, SessionLinks.Parameter, AttemptDesk.IdParameter, TokenSource.QueryParameter, "access_token", TicketSource.QueryParameter);
        return new TerminalDial(query, fields, offer, new TerminalTerms(plan.Id, plan.User, plan.Role, attempt, passage.Attempt.ClientAddress, plan.Expires));
    }

    internal async Task<(BackendLink? Link, Ending? Ending)> OpenAsync(SessionRecord record, SessionKeys keys, Dialers dialers, TimeProvider time, CancellationToken cancellation)
    {
        if (record.Place?.Url is not { } host)
            return (null, SessionEndingsOf.StillStarting(record.Progress));
        var path = $"/v1/terminals/{record.Id}/attach";
        var fields = new HeaderList(_fields.Count + 2);
        fields.Add("Host", host.Authority);
        foreach (var field in _fields)
            fields.Add(field.Key, field.Value);
        using (var seal = new TerminalSeal(keys.OfSession(record.Id.ToString()), time))
            fields.Add(TerminalTerms.Field, seal.Seal(_terms, path));
        var result = await dialers.DialAsync(new DialTarget(host, InsecureTls: false, path + _query, fields, _offer), BackendProtocol.Http1, cancellation);
        return (result.Link, result.Ending);
    }

    private static bool IsCredential(string subprotocol) =>
        subprotocol.StartsWith(TokenSource.SubprotocolPrefix, StringComparison.Ordinal) || subprotocol.StartsWith(TicketSource.SubprotocolPrefix, StringComparison.Ordinal);
}
