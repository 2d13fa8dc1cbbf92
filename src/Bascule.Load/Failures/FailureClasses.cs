namespace Bascule.Load;

/// <summary>The classes of failures: what they are called, who was guilty, what to do.</summary>
public static class FailureClasses
{
    public const string LocalDescriptors = "local.fd";
    public const string LocalPorts = "local.ports";
    public const string Dns = "dns";
    public const string TcpRefused = "tcp.refused";
    public const string TcpTimeout = "tcp.timeout";
    public const string TcpUnreachable = "tcp.unreachable";
    public const string TcpReset = "tcp.reset";
    public const string Tls = "tls";
    public const string Http = "http.";
    public const string Handshake = "ws.handshake";
    public const string ConnectTimeout = "connect.timeout";
    public const string Close = "close.";
    public const string CloseNone = "close.none";
    public const string Protocol = "proto.error";
    public const string MessageTimeout = "msg.timeout";
    public const string MessageCorrupt = "msg.corrupt";
    public const string MessageGap = "msg.gap";
    public const string MessageDouble = "msg.dup";
    public const string MessageOrder = "msg.order";
    public const string ClientLate = "client.late";
    public const string ClientLimit = "client.limit";
    public const string Aborted = "aborted.deadline";

    // Those with a number behind them, http. and close., are not in it.
    private static readonly string[] Fixed =
    [
        LocalDescriptors, LocalPorts, Dns, TcpRefused, TcpTimeout, TcpUnreachable, TcpReset, Tls, Handshake, ConnectTimeout, CloseNone,
        Protocol, MessageTimeout, MessageCorrupt, MessageGap, MessageDouble, MessageOrder, ClientLate, ClientLimit, Aborted,
    ];

    /// <summary>Whether this is a class, or the first part of some: <c>http.503</c>, <c>close.1011</c>, <c>tcp.reset</c>, <c>http</c>, <c>tcp</c>.</summary>
    public static bool IsKnown(string name) =>
        Fixed.Contains(name, StringComparer.Ordinal)
        || name is "http" or "close"
        || Fixed.Any(each => each.StartsWith(name + ".", StringComparison.Ordinal))
        || IsNumbered(name, Http, 100, 999)
        || IsNumbered(name, Close, 1000, 4999);

    /// <summary>Of an attempt that came to nobody: no address, or no TCP connection.</summary>
    internal static bool IsUnreached(string failureClass) => failureClass == Dns || failureClass.StartsWith("tcp.", StringComparison.Ordinal);

    private static bool IsNumbered(string name, string prefix, int least, int most) =>
        name.StartsWith(prefix, StringComparison.Ordinal)
        && int.TryParse(name.AsSpan(prefix.Length), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number)
        && number >= least && number <= most;

    /// <summary>Who was guilty of a failure of this class.</summary>
    public static Guilty GuiltyOf(string failureClass) => failureClass switch
    {
        LocalDescriptors or LocalPorts or ClientLate or ClientLimit => Guilty.Client,
        Dns or TcpTimeout or TcpUnreachable => Guilty.Network,
        Aborted => Guilty.Nobody,
        _ => Guilty.Server,
    };

    /// <summary>The kind of failure in a few words, and what to look at first.</summary>
    public static string AdviceFor(string failureClass) => failureClass switch
    {
        LocalDescriptors => "This process has no descriptors left. Raise `ulimit -n`, or spread over more processes with --workers.",
        LocalPorts => "No local port is free towards that address. Give more --source-ip, or wait for TIME_WAIT to pass.",
        Dns => "The name has no address. Look at its spelling, then at the resolver of this machine.",
        TcpRefused => "Nothing listens at that address and port, or its backlog is full.",
        TcpTimeout => "No answer to the first packet: a firewall, a wrong address, or a backlog that overflows.",
        TcpUnreachable => "There is no way to that address from here.",
        TcpReset => "The connection was reset before the WebSocket was open: a process that dies, a balancer without a back end, or a limit.",
        Tls => "The TLS handshake failed. Look at the certificate, its name and its dates, and at the port.",
        Handshake => "What answered is no HTTP, or a 101 that RFC 6455 does not allow: another kind of server, the wrong port, or something between that changes the fields.",
        ConnectTimeout => "The connection was accepted and no answer to the upgrade came in time: an overloaded or hanging server.",
        CloseNone => "Either the connection ended without a close frame, what browsers call 1006: a process that died, a proxy that cut it. Or our own close frame had no answer: a server that leaves out the closing handshake.",
        Protocol => "The server broke RFC 6455 on an open connection.",
        MessageTimeout => "An echo did not come back in time, on a connection that stayed open.",
        MessageCorrupt => "A message came back with other bytes than it was sent with.",
        MessageGap => "Messages in between did not come back: they are lost.",
        MessageDouble => "A message came back more than once.",
        MessageOrder => "A message came back after one that was sent later.",
        ClientLate => "This program missed its own schedule: what it measured says more about it than about the server.",
        ClientLimit => "This program takes no longer message. That is its own limit, and no fault of the server; it told so with 1009.",
        Aborted => "The run was over before the answer could come.",
        "http.401" or "http.403" => "The server wants other credentials, or does not like the Origin. See --token and --header.",
        "http.404" => "The server knows no such path.",
        "http.429" => "The server limits the rate of handshakes; its Retry-After says for how long.",
        "http.502" or "http.503" or "http.504" => "A proxy answered: what stands behind it is away, full or slow.",
        "http.200" => "An ordinary web server or page answered: the path is not a WebSocket, or a proxy took the upgrade out.",
        _ when failureClass.StartsWith(Http, StringComparison.Ordinal) => "The server answered the upgrade with an ordinary status.",
        _ => "The server closed the connection; the code says why.",
    };
}
