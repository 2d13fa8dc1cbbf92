namespace Bascule.Sessions;

/// <summary>Makes a draft into an order for the runner, and the first record of it.</summary>
internal static class SessionOrders
{
    internal static SessionOrder Of(SessionDraft draft, SessionRequest request, SessionRules rules, SessionCaller caller, Func<SessionId, string> keyOf)
    {
        var id = SessionId.New();
        var profile = draft.Profile;
        return new SessionOrder
        {
            Id = id,
            Command = draft.Command,
            Tty = draft.Tty,
            Environment = draft.Environment,
            WorkingDirectory = profile.WorkingDirectory,
            Columns = request.Columns,
            Rows = request.Rows,
            ScrollbackBytes = rules.ScrollbackBytes,
            OutputCap = profile.OutputCap,
            Deadline = profile.Deadline,
            Idle = profile.Idle ?? (draft.Tty ? rules.Idle : null),
            MaximumLife = profile.MaximumLife ?? rules.MaximumLife,
            DetachGrace = draft.Tty ? rules.DetachGrace : null,
            Hold = rules.Hold,
            Viewers = rules.Viewers,
            Recording = profile.Recording,
            Limits = profile.Limits,
            Image = profile.Image,
            Key = keyOf(id),
            Owner = caller.User,
            Tenant = caller.Tenant,
        };
    }

    internal static SessionRecord RecordOf(SessionOrder order, SessionDraft draft, SessionRules rules, DateTimeOffset now) => new()
    {
        Id = order.Id,
        Version = 1,
        Owner = order.Owner,
        Tenant = order.Tenant,
        Name = draft.Name,
        Profile = draft.Profile.Name,
        Command = order.Command,
        Tty = order.Tty,
        CreatedAt = now,
        ExpiresAt = now + rules.StartLimit + order.MaximumLife,
    };
}
