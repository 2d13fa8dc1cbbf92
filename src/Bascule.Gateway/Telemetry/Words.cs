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
