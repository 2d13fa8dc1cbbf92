using System.Security.Cryptography;
using System.Text;
using Bascule.Model;
using Bascule.Sessions;

namespace Bascule.Gateway;

/// <summary>Writes down what happens to sessions, in audit log and metrics: who, from where, which command by its hash, never its words.</summary>
public sealed class SessionAudit(AuditLog audit, SessionMetrics metrics, TimeProvider time) : ISessionWitness
{
    public void Created(SessionRecord record, SessionCaller caller) => audit.Write(Of(AuditKinds.SessionCreated, record, caller) with { CommandHash = HashOf(record.Command) });

    public void Refused(SessionCaller caller, SessionRequest request, CreateRefusal refusal)
    {
        metrics.Refused(refusal);
        audit.Write(Of(AuditKinds.SessionDenied, caller) with
        {
            What = "create",
            Profile = EvidenceText.Clean(request.Profile),
            Reason = refusal.Label,
            CommandHash = request.Command is { } words ? HashOf(words) : request.CommandText is { } line ? HashOf([line]) : null,
        });
    }

    public void Running(SessionRecord record) => metrics.Running(record);

    public void Ended(SessionRecord record, SessionCaller? by)
    {
        metrics.Ended(record);
        var kind = by is null ? AuditKinds.SessionEnded : AuditKinds.SessionDeleted;
        audit.Write(Of(kind, record, by ?? new SessionCaller(null, null, [])) with
        {
            Subject = by is null ? record.Owner : by.User,
            Reason = record.End!.Ending,
            ExitCode = record.End.ExitCode,
            RecordingDigest = record.End.RecordingDigest,
            Seconds = Math.Round((record.End.At - record.CreatedAt).TotalSeconds, 3),
        });
    }

    public void WriterChanged(SessionRecord record, WriterChange change)
    {
        audit.Write(Of(AuditKinds.SessionRole, record, new SessionCaller(change.User, record.Tenant, [], change.Client, change.Attempt)) with
        {
            Time = change.At,
            Role = TerminalTerms.Write,
            FromSubject = EvidenceText.Clean(change.Before),
            Detail = $"fence {change.Fence}",
        });
    }

    /// <summary>A client is led to it; whether its host takes him, the end says.</summary>
    internal void Attached(SessionPlan plan, SessionCaller caller) => audit.Write(Of(AuditKinds.SessionAttached, plan.Record, caller) with { Role = plan.Role });

    internal void Detached(SessionPlan plan, SessionCaller caller, ConnectionEnd end) => audit.Write(Of(AuditKinds.SessionDetached, plan.Record, caller) with
    {
        Role = plan.Role,
        Reason = end.Ending.Reason.Label,
        Code = end.CloseCode,
        ToBackendBytes = end.Counts.BytesToBackend,
        ToClientBytes = end.Counts.BytesToClient,
    });

    /// <summary>Somebody asked for what he may not have.</summary>
    internal void Denied(SessionRecord record, SessionCaller caller, Ending refusal) =>
        audit.Write(Of(AuditKinds.SessionDenied, record, caller) with { What = "use", Reason = refusal.Reason.Label });

    /// <summary>A link was made by which others may look.</summary>
    internal void Linked(SessionRecord record, SessionCaller caller, SessionLink link) =>
        audit.Write(Of(AuditKinds.SessionLinked, record, caller) with { Role = link.Role, Detail = $"until {link.Expires:u}" });

    /// <summary>The words with a zero behind each, as the system gets them.</summary>
    internal static string HashOf(IReadOnlyList<string> words) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(words.Select(word => word + '\0')))));

    private AuditEntry Of(string kind, SessionRecord record, SessionCaller caller) =>
        Of(kind, caller) with { Session = record.Id.ToString(), Profile = record.Profile, Tenant = EvidenceText.Clean(record.Tenant) };

    private AuditEntry Of(string kind, SessionCaller caller) => new()
    {
        Time = time.GetUtcNow(),
        Kind = kind,
        Subject = EvidenceText.Clean(caller.User),
        Tenant = EvidenceText.Clean(caller.Tenant),
        Client = caller.Address,
        Attempt = AttemptId.TryParse(caller.Attempt, out var attempt) ? attempt : null,
    };
}
