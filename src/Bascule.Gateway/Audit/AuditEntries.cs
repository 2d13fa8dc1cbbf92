using Bascule.Model;
using Bascule.Relay;

namespace Bascule.Gateway;

/// <summary>Makes the entries of the audit log from what the rooms know.</summary>
public static class AuditEntries
{
    /// <summary>The client got its 101.</summary>
    public static AuditEntry Opened(Attempt attempt) => Of(AuditKinds.ConnectionOpened, attempt.StartedAt + (attempt.EnteredAfter(Stage.Relay) ?? default), attempt) with
    {
        Protocol = Words.Short(attempt.Protocol),
        Origin = attempt.Origin,
        UserAgent = attempt.UserAgent,
    };

    /// <summary>An attempt is over: the end of its connection, or its refusal.</summary>
    /// <exception cref="InvalidOperationException">The attempt has no end.</exception>
    public static AuditEntry Over(Attempt attempt)
    {
        var end = attempt.End ?? throw new InvalidOperationException($"Attempt {attempt.Id} has no end to write down. Call Finish first.");
        return attempt.Connected ? Ended(attempt, end) : Refused(attempt, end);
    }

    /// <summary>A message passed; its size alone, never its content.</summary>
    public static AuditEntry Passed(Attempt attempt, in MessageSeen message, DateTimeOffset at) => new()
    {
        Time = at,
        Kind = AuditKinds.Message,
        Attempt = attempt.Id,
        Route = attempt.Route,
        Subject = attempt.Subject,
        Direction = message.FromClient ? "client_to_backend" : "backend_to_client",
        Type = message.IsText ? "text" : "binary",
        Bytes = message.Bytes,
        Frames = message.Frames,
    };

    public static AuditEntry Acted(AdminAct act, DateTimeOffset at) => new()
    {
        Time = at,
        Kind = AuditKinds.AdminAct,
        Who = EvidenceText.Clean(act.Who),
        Role = act.Role,
        What = act.What,
        Target = EvidenceText.Clean(act.Target),
        Why = EvidenceText.Clean(act.Why),
        From = EvidenceText.Clean(act.From),
        Outcome = EvidenceText.Clean(act.Outcome),
        DryRun = act.DryRun,
    };

    public static AuditEntry Started(DateTimeOffset at, BuildVersion build) => new() { Time = at, Kind = AuditKinds.GatewayStarted, Version = build.Version };

    /// <param name="cut">Connections and requests that had to be cut.</param>
    public static AuditEntry Stopped(DateTimeOffset at, long cut) => new() { Time = at, Kind = AuditKinds.GatewayStopped, Count = cut };

    /// <param name="applied">False: it was faulty, and the old configuration goes on.</param>
    /// <param name="detail">What changed, or the first fault. No values of secret settings.</param>
    public static AuditEntry Reloaded(DateTimeOffset at, bool applied, string? detail) => new()
    {
        Time = at,
        Kind = AuditKinds.ConfigReloaded,
        Outcome = Words.Reload(applied),
        Detail = EvidenceText.Clean(detail),
    };

    internal static AuditEntry Dropped(DateTimeOffset at, long count, DateTimeOffset since) =>
        new() { Time = at, Kind = AuditKinds.AuditDropped, Count = count, Since = since };

    private static AuditEntry Ended(Attempt attempt, AttemptEnd end) => Of(AuditKinds.ConnectionEnded, end.At, attempt) with
    {
        Reason = end.Ending.Reason.Label,
        By = Words.Of(end.Ending.Reason.By),
        Code = end.CloseCode,
        Seconds = Math.Round(end.After.TotalSeconds, 3),
        ToBackendMessages = end.Counts.MessagesToBackend,
        ToBackendBytes = end.Counts.BytesToBackend,
        ToClientMessages = end.Counts.MessagesToClient,
        ToClientBytes = end.Counts.BytesToClient,
        Detail = end.Ending.Detail,
    };

    private static AuditEntry Refused(Attempt attempt, AttemptEnd end) => Of(AuditKinds.ConnectionRefused, end.At, attempt) with
    {
        Reason = end.Ending.Reason.Label,
        By = Words.Of(end.Ending.Reason.By),
        Stage = Words.Of(attempt.DecidedIn),
        Status = AttemptLog.StatusTold(end),
        Code = end.CloseCode == 0 ? null : end.CloseCode,
        Seconds = Math.Round(end.After.TotalSeconds, 3),
        Origin = attempt.Origin,
        UserAgent = attempt.UserAgent,
        Detail = end.Ending.Detail,
    };

    private static AuditEntry Of(string kind, DateTimeOffset at, Attempt attempt) => new()
    {
        Time = at,
        Kind = kind,
        Attempt = attempt.Id,
        Route = attempt.Route,
        Subject = attempt.Subject,
        Client = attempt.ClientAddress,
        Pool = attempt.Pool,
        Node = attempt.Node,
    };
}
