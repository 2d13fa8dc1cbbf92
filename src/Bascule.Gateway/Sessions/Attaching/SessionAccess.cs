using Bascule.Model;
using Bascule.Sessions;

namespace Bascule.Gateway;

/// <summary>Finds the session that a request names, and says whether its client may have it.</summary>
internal sealed class SessionAccess(SessionDesk desk, SessionRules rules, SessionLinks links, SessionAudit audit)
{
    /// <exception cref="SessionStoreException">Nobody can say now whether there is such a session.</exception>
    internal async Task<(SessionPlan? Plan, Ending? Refusal)> FindAsync(Passage passage, string text, CancellationToken cancellation)
    {
        if (!SessionId.TryParse(text, out var id))
            return Refuse(EndReasons.SessionNotFound, "what it names is no id of a session: 32 hexadecimal digits");
        SessionLink? link = null;
        if (QueryText.Value(passage.Head.Query, SessionLinks.Parameter) is { } shown && (link = links.Open(text, shown, out var fault)) is null)
            return Refuse(EndReasons.SessionLinkInvalid, fault);
        if (await desk.FindAsync(id, cancellation) is not { } record)
            return NotFound;
        if (link is not null)
            return (new SessionPlan(record, link.Role, User: null, link.Expires), null);
        if (NamelessCallers.Check(passage) is { } stranger)
            return (null, stranger);
        var caller = SessionCallers.Of(passage);
        if (Refusal(record, caller) is not { } refusal)
            return (new SessionPlan(record, TerminalTerms.Write, caller.User, Expires: null), null);
        audit.Denied(record, caller, refusal);
        return (null, refusal);
    }

    /// <summary>Null when the caller may do everything with it.</summary>
    internal Ending? Refusal(SessionRecord record, SessionCaller caller)
    {
        // That there is one is told to nobody else.
        if (!SessionPolicy.MayUse(record, caller))
            return NotFound.Refusal;
        var roles = rules.Profiles.GetValueOrDefault(record.Profile)?.Roles ?? [];
        return roles.Count == 0 || caller.IsOperator || caller.Roles.Any(roles.Contains)
            ? null
            : new Ending(EndReasons.SessionForbidden, $"the profile {record.Profile} is for other roles now: {string.Join(", ", roles)}");
    }

    internal static (SessionPlan? Plan, Ending? Refusal) NotFound => Refuse(EndReasons.SessionNotFound, "no session of this user has this id");

    private static (SessionPlan? Plan, Ending? Refusal) Refuse(EndReason reason, string detail) => (null, new Ending(reason, detail));
}
