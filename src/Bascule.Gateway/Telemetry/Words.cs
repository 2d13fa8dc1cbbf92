using Bascule.Admission;
using Bascule.Backends;
using Bascule.Cluster;
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
        NodeCondition.Failing => "failing",
        NodeCondition.Ejected => "ejected",
        NodeCondition.Trying => "trying",
        NodeCondition.Draining => "draining",
        _ => "up",
    };

    internal static string Of(ClusterMode mode) => mode switch
    {
        ClusterMode.Connected => "connected",
        ClusterMode.Lost => "lost",
        _ => "alone",
    };

    internal static string Of(LimitedBy limit) => limit switch
    {
        LimitedBy.Route => "route",
        LimitedBy.Tier => "tier",
        LimitedBy.User => "user",
        LimitedBy.Address => "address",
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

    /// <summary>Which limit a count belongs to, by its key.</summary>
    /// <param name="key">As <see cref="EffectiveLimits"/> makes it.</param>
    internal static LimitedBy LimitOf(string key) => key switch
    {
        _ when key.Contains("user:", StringComparison.Ordinal) => LimitedBy.User,
        _ when key.Contains("address:", StringComparison.Ordinal) => LimitedBy.Address,
        _ when key.StartsWith("tier:", StringComparison.Ordinal) => LimitedBy.Tier,
        _ when key.StartsWith("route:", StringComparison.Ordinal) => LimitedBy.Route,
        _ => LimitedBy.Gateway,
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
