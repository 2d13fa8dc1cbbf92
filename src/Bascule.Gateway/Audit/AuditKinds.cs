namespace Bascule.Gateway;

/// <summary>What an audit entry tells. The words are a contract: never reused, never renamed.</summary>
public static class AuditKinds
{
    public const string ConnectionOpened = "connection_opened";
    public const string ConnectionEnded = "connection_ended";
    public const string ConnectionRefused = "connection_refused";
    public const string Message = "message";
    public const string AdminAct = "admin_act";
    public const string AuditDropped = "audit_dropped";
    public const string GatewayStarted = "gateway_started";
    public const string GatewayStopped = "gateway_stopped";
    public const string ConfigReloaded = "config_reloaded";

    public const string SessionCreated = "session_created";
    public const string SessionAttached = "session_attached";
    public const string SessionDetached = "session_detached";
    public const string SessionLinked = "session_linked";
    public const string SessionRole = "session_role";
    public const string SessionDeleted = "session_deleted";
    public const string SessionEnded = "session_ended";
    public const string SessionDenied = "session_denied";

    public static IReadOnlyList<string> All { get; } =
    [
        ConnectionOpened, ConnectionEnded, ConnectionRefused, Message, AdminAct, AuditDropped, GatewayStarted, GatewayStopped, ConfigReloaded,
        SessionCreated, SessionAttached, SessionDetached, SessionLinked, SessionRole, SessionDeleted, SessionEnded, SessionDenied,
    ];
}
