using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>The words that logs and metrics use for values of our tables. They are a contract: dashboards match on them.</summary>
internal static class Words
{
    internal static string Of(EndedBy by) => by switch
    {
        EndedBy.Client => "client",
        EndedBy.Backend => "backend",
        _ => "gateway",
    };

    internal static string Of(Stage stage) => stage switch
    {
        Stage.Listen => "listen",
        Stage.Handshake => "handshake",
        Stage.Admission => "admission",
        Stage.Routing => "routing",
        Stage.Slot => "slot",
        Stage.Connect => "connect",
        Stage.Relay => "relay",
        _ => "close",
    };

    internal static string Short(HttpKind kind) => kind == HttpKind.Http2 ? "h2" : "h1";

    internal static string Of(DrainKind kind) => kind switch
    {
        DrainKind.Pool => "pool",
        DrainKind.Node => "node",
        DrainKind.Route => "route",
        _ => "gateway",
    };

    internal static string Of(NodeCondition condition) => condition switch
    {
        NodeCondition.Unhealthy => "unhealthy",
        NodeCondition.Ejected => "ejected",
        NodeCondition.Draining => "draining",
        _ => "usable",
    };

    internal static string Of(ClusterCondition condition) => condition switch
    {
        ClusterCondition.Connected => "connected",
        ClusterCondition.Lost => "lost",
        _ => "alone",
    };

    internal static string Of(ConnectionLimit limit) => limit switch
    {
        ConnectionLimit.Route => "route",
        ConnectionLimit.Tier => "tier",
        ConnectionLimit.User => "user",
        ConnectionLimit.Address => "address",
        _ => "gateway",
    };

    internal static string Of(TicketResult result) => result switch
    {
        TicketResult.Refused => "refused",
        TicketResult.Used => "used",
        TicketResult.Invalid => "invalid",
        TicketResult.Misused => "misused",
        _ => "issued",
    };

    /// <summary>Whether a new configuration is in force, or the old one was kept.</summary>
    internal static string Reload(bool applied) => applied ? "applied" : "kept_old";

    internal static string StatusClass(int status) => status switch
    {
        >= 100 and < 200 => "1xx",
        >= 200 and < 300 => "2xx",
        >= 300 and < 400 => "3xx",
        >= 400 and < 500 => "4xx",
        >= 500 and < 600 => "5xx",
        _ => "other",
    };
}
