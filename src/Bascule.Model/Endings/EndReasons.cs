using static Bascule.Model.EndedBy;

namespace Bascule.Model;

/// <summary>The catalogue of end reasons. Close frame, HTTP status, log field, metric label, explanation, docs and SDKs all read these rows.</summary>
public static class EndReasons
{
    // ---- handshake: RFC 6455 §4.2, RFC 8441. The client did not speak WebSocket properly, so the answer is always plain HTTP.
    public static readonly EndReason BadMethod = new("bad_method", 4400, 405, Client, Retry.Never,
        "The request for a WebSocket did not use GET.", "Ask with GET over HTTP/1.1, or with CONNECT over HTTP/2.");
    public static readonly EndReason BadHttpVersion = new("bad_http_version", 4400, 400, Client, Retry.Never,
        "The request for a WebSocket came in HTTP/1.0, which knows no upgrade.", "Use HTTP/1.1. A proxy in front often speaks 1.0 by default: nginx needs `proxy_http_version 1.1`.");
    public static readonly EndReason MissingHost = new("missing_host", 4400, 400, Client, Retry.Never,
        "The request had no Host field, or more than one.", "Send exactly one Host.");
    public static readonly EndReason UpgradeRequired = new("upgrade_required", 4400, 426, Client, Retry.Never,
        "This address serves WebSockets only, and the request did not ask for one.", "Connect with ws:// or wss://. If you did, something in between removed the Upgrade field.");
    public static readonly EndReason BadConnectionHeader = new("bad_connection_header", 4400, 400, Client, Retry.Never,
        "`Upgrade: websocket` came without `Connection: Upgrade`.", "A proxy in front drops the Connection field; let it pass Upgrade and Connection on.");
    public static readonly EndReason UnsupportedVersion = new("unsupported_version", 4400, 426, Client, Retry.Never,
        "The client asked for a WebSocket version that is not 13.", "Use version 13, the only one in RFC 6455.");
    public static readonly EndReason MissingKey = new("missing_key", 4400, 400, Client, Retry.Never,
        "Sec-WebSocket-Key is missing, or came more than once.", "Send exactly one key; a WebSocket library does this by itself.");
    public static readonly EndReason BadKey = new("bad_key", 4400, 400, Client, Retry.Never,
        "Sec-WebSocket-Key is not 16 bytes in base64.", "Send 16 random bytes in base64; a WebSocket library does this by itself.");
    public static readonly EndReason BadSubprotocol = new("bad_subprotocol", 4400, 400, Client, Retry.Never,
        "Sec-WebSocket-Protocol is not a list of distinct tokens.", "Name each subprotocol once, separated by commas, without spaces inside.");
    public static readonly EndReason BadExtensions = new("bad_extensions", 4400, 400, Client, Retry.Never,
        "Sec-WebSocket-Extensions cannot be read.", "Write it as RFC 6455 §9.1 says, for example `permessage-deflate; client_max_window_bits`.");
    public static readonly EndReason BadConnectProtocol = new("bad_connect_protocol", 4400, 501, Client, Retry.Never,
        "The HTTP/2 CONNECT asked for another protocol than websocket.", "Set `:protocol` to `websocket` (RFC 8441).");
    public static readonly EndReason Http2WebSocketsOff = new("http2_websockets_off", 4400, 501, Client, Retry.Never,
        "WebSockets over HTTP/2 are switched off on this listener.", "Connect over HTTP/1.1, or switch `http2WebSockets` on for the listener.");
    public static readonly EndReason HandshakeTimeout = new("handshake_timeout", 4408, 408, Gateway, Retry.Backoff,
        "The attempt took longer than a handshake may.", "See which stage took the time; raise deadlines.handshake only if that stage has a reason to be slow.");
    public static readonly EndReason ClientGaveUp = new("client_gave_up", 1001, 499, Client, Retry.Backoff,
        "The client went away before it had its answer.", "See which stage it was waiting in; its own timeout is shorter than that.");
    public static readonly EndReason BadRequest = new("bad_request", 4400, 400, Client, Retry.Never,
        "The request is not proper HTTP, or its end cannot be told for sure.", "The details name the fault; it is a defect of the client, or an attempt to smuggle a second request.");

    // ---- admission: RFC 7519, RFC 6750.
    public static readonly EndReason TokenMissing = new("token_missing", 4401, 401, Client, Retry.Never,
        "No token came with the request, and this route needs one.", "Send `Authorization: Bearer TOKEN`, the query parameter `token`, or the subprotocol `bearer.TOKEN`.");
    public static readonly EndReason TokenMalformed = new("token_malformed", 4401, 401, Client, Retry.Never,
        "The token is not a signed JSON Web Token.", "Send the whole token: three base64url parts with dots between, without quotes or spaces.");
    public static readonly EndReason TokenAlgorithmRefused = new("token_algorithm_refused", 4401, 401, Client, Retry.Never,
        "The token is signed with an algorithm that is not accepted here.", "Sign with one of auth.jwt.algorithms that fits the configured keys; `none` is never accepted.");
    public static readonly EndReason TokenUnknownKey = new("token_unknown_key", 4401, 401, Client, Retry.Never,
        "The token names a key that the gateway does not have.", "Check that the issuer's keys are those in auth.jwt.keys or behind auth.jwt.jwksUrl.");
    public static readonly EndReason TokenBadSignature = new("token_bad_signature", 4401, 401, Client, Retry.Never,
        "The signature of the token does not fit any configured key.", "The token was changed, or signed with another key: compare the key of the issuer with auth.jwt.");
    public static readonly EndReason TokenExpired = new("token_expired", 4401, 401, Client, Retry.Now,
        "The token has expired.", "Fetch a new token and connect again. If it is new, compare the clocks.");
    public static readonly EndReason TokenNotYetValid = new("token_not_yet_valid", 4401, 401, Client, Retry.Backoff,
        "The token is not valid yet.", "Compare the clocks of the issuer and of the gateway.");
    public static readonly EndReason TokenWrongAudience = new("token_wrong_audience", 4401, 401, Client, Retry.Never,
        "The token is meant for another audience.", "Ask the issuer for a token whose `aud` is the one in auth.jwt.audience.");
    public static readonly EndReason TokenWrongIssuer = new("token_wrong_issuer", 4401, 401, Client, Retry.Never,
        "The token comes from another issuer.", "Use a token whose `iss` is the one in auth.jwt.issuer.");
    public static readonly EndReason KeysUnavailable = new("keys_unavailable", 4503, 503, Gateway, Retry.After,
        "The token cannot be checked: the gateway could not fetch the keys.", "See the log for what auth.jwt.jwksUrl answered; connect again in a moment.", 5);

    public static readonly EndReason RevokedToken = new("revoked_token", 4401, 401, Client, Retry.Never,
        "The token was revoked before it was used here.", "Sign in again; the details say what was revoked, and an operator or the audit log says why.");
    public static readonly EndReason TicketInvalid = new("ticket_invalid", 4401, 401, Client, Retry.Now,
        "The ticket is unknown: it was used already, has expired, or was never issued here.", "Ask `POST /api/tickets` for a new one; each may be used once, and at once.");
    public static readonly EndReason TicketMisused = new("ticket_misused", 4403, 403, Client, Retry.Never,
        "The ticket was issued for another route or another page.", "Ask for a ticket for this route, from the page that connects.");
    public static readonly EndReason OriginDenied = new("origin_denied", 4403, 403, Client, Retry.Never,
        "The page that connects comes from an origin that is not allowed here.", "Add the origin to listen.origins, or to origins of the route, if you trust that page.");
    public static readonly EndReason HostDenied = new("host_denied", 4403, 403, Client, Retry.Never,
        "The request names a host that is not served here.", "Use a host of listen.hosts, or add this one; a proxy in front may have replaced it.");
    public static readonly EndReason UpgradeRate = new("upgrade_rate", 4429, 429, Client, Retry.After,
        "Too many attempts to connect in a short time.", "Connect more slowly; the details name the limit. A client that reconnects in a loop is the usual cause.", 10);
    public static readonly EndReason RequestRate = new("request_rate", 4429, 429, Client, Retry.After,
        "Too many requests from this address in a short time.", "Ask more slowly; the details name the limit.", 10);
    public static readonly EndReason TooManyConnections = new("too_many_connections", 4429, 429, Client, Retry.After,
        "This user, address, route or tier has as many connections as it may have.", "Close another one first; the details name the limit and the count.", 10);
    public static readonly EndReason Overloaded = new("overloaded", 4503, 503, Gateway, Retry.After,
        "The gateway has as much to do as it can bear, and takes nobody new.", "Connect later, or add gateways; the details say what ran short.", 10);

    // ---- routing
    public static readonly EndReason RouteNotFound = new("route_not_found", 4404, 404, Client, Retry.Never,
        "No route has this host and path.", "Compare the path with the routes in the configuration; `bascule config explain` prints them.");
    public static readonly EndReason QueryMissing = new("query_missing", 4400, 400, Client, Retry.Never,
        "A query parameter that this route needs is missing.", "Add the parameter that the details name.");
    public static readonly EndReason QueryUnknownValue = new("query_unknown_value", 4404, 404, Client, Retry.Never,
        "A query parameter has a value that no route knows.", "Use one of the values that the route lists, or add this one to it.");
    public static readonly EndReason TopicMalformed = new("topic_malformed", 4400, 400, Client, Retry.Never,
        "What was named is no topic, or no cursor of one.", "Use letters, digits and . _ : / @ + ~ - in names, one * at the end of a pattern, and cursors as they were received.");
    public static readonly EndReason TopicForbidden = new("topic_forbidden", 4403, 403, Client, Retry.Never,
        "The client may not read, or not write, this topic.", "Compare the `read` and `write` claims of the token with `topics` and `publish` of the route.");

    // ---- sessions
    public static readonly EndReason SessionsOff = new("sessions_off", 4404, 404, Gateway, Retry.Never,
        "There are no sessions on this gateway.", "Add the section sessions to the configuration, and do not set WEBSOCKET_ENABLED to false.");
    public static readonly EndReason SessionMissing = new("session_missing", 4400, 400, Client, Retry.Never,
        "The request does not say which session it means.", "Connect to the address that the creation of the session gave, or add `?session=ID`.");
    public static readonly EndReason SessionNotFound = new("session_not_found", 4404, 404, Client, Retry.Never,
        "There is no such session, or it is not this user's.", "Compare the id; `GET /api/sessions` lists what is yours. Sessions that ended are forgotten after sessions.keepEnded.");
    public static readonly EndReason RecordingNotFound = new("recording_not_found", 4404, 404, Client, Retry.Never,
        "The session is there, and no recording of it.", "The details say why: its profile records nothing (sessions.profiles.NAME.recording), or the file is not where this gateway can reach it.");
    public static readonly EndReason SessionForbidden = new("session_forbidden", 4403, 403, Client, Retry.Never,
        "This user may not do that with the session or the profile.", "The details name the role that is missing, or what the link allows.");
    public static readonly EndReason SessionLinkInvalid = new("session_link_invalid", 4403, 403, Client, Retry.Never,
        "The link to the session is not good, or not any more.", "Ask the owner of the session for a new one.");
    public static readonly EndReason SessionOver = new("session_over", 4410, 410, Client, Retry.Never,
        "The session is over.", "The details say why it ended. Start another one; the result of a command is at `/api/sessions/ID/result`.");
    public static readonly EndReason SessionStarting = new("session_starting", 4503, 503, Gateway, Retry.After,
        "The session was not running in time.", "It is still being started, and the details say what it waits for. Connect again.", 5);
    public static readonly EndReason SessionValidationTimeout = new("session_validation_timeout", 4408, 408, Gateway, Retry.Backoff,
        "Whether the session exists could not be found out in time.", "The storage answers too slowly; see `/readyz`. The limit is sessions.validate.");
    public static readonly EndReason SessionStoreUnavailable = new("session_store_unavailable", 4503, 503, Gateway, Retry.After,
        "The storage of the sessions cannot be reached.", "Running sessions go on. Connect again in a moment; `/readyz` says what is wrong.", 5);
    public static readonly EndReason SessionOrderInvalid = new("session_order_invalid", 4400, 400, Client, Retry.Never,
        "The order for a session cannot be understood, or names no profile.", "The details name the fault and the profiles that there are.");
    public static readonly EndReason CommandNotAllowed = new("command_not_allowed", 4403, 403, Client, Retry.Never,
        "The profile does not allow this command.", "The details name the words that a command may begin with: allow of the profile.");
    public static readonly EndReason SessionQuota = new("session_quota", 4429, 429, Client, Retry.Backoff,
        "This user or tenant has as many sessions as it may have.", "End another one first; the details name the limit.");
    public static readonly EndReason SessionRate = new("session_rate", 4429, 429, Client, Retry.After,
        "Too many sessions were created in a short time.", "Create them more slowly; the details name the limit.", 20);

    // ---- slot
    public static readonly EndReason GatewayStopping = new("gateway_stopping", 4503, 503, Gateway, Retry.After,
        "The gateway is stopping and takes no new connections.", "Connect again: the load balancer leads to another instance.", 2);
    public static readonly EndReason QueueFull = new("queue_full", 4503, 503, Gateway, Retry.After,
        "Every slot of the pool is taken and its waiting queue is full.", "Add nodes or slots to the pool, or connect later.", 10);
    public static readonly EndReason QueueTimeout = new("queue_timeout", 4503, 503, Gateway, Retry.After,
        "No slot of the pool became free in time.", "Add nodes or slots to the pool, or connect later.", 10);

    public static readonly EndReason NoUsableNode = new("no_usable_node", 4503, 503, Backend, Retry.After,
        "No node of the pool may be used: they fail their checks, were ejected, or are being drained.", "See the state of each node in `bascule pools`; mend the back ends.", 5);

    public static readonly EndReason SourceUnavailable = new("source_unavailable", 4503, 503, Backend, Retry.After,
        "The source of the topics, Kafka or Redis, cannot be reached, or has not been read up to now yet.", "See `/readyz` for which it is and since when.", 5);

    // ---- connect: what the back end did instead of answering 101.
    public static readonly EndReason BackendNameUnknown = new("backend_name_unknown", 4502, 502, Backend, Retry.Backoff,
        "The name of the back end could not be resolved.", "Check the host name in the pool, and the DNS of the gateway's machine.");
    public static readonly EndReason BackendUnreachable = new("backend_unreachable", 4502, 502, Backend, Retry.Backoff,
        "The back end took no TCP connection.", "Check that it runs and listens on the address in the pool, not only on its own loopback.");
    public static readonly EndReason BackendConnectTimeout = new("backend_connect_timeout", 4504, 504, Backend, Retry.Backoff,
        "The back end did not take the TCP or TLS connection in time.", "A firewall may swallow the packets, or the back end's accept queue is full.");
    public static readonly EndReason BackendTlsFailed = new("backend_tls_failed", 4502, 502, Backend, Retry.Backoff,
        "TLS with the back end failed.", "Check its certificate: name, expiry, chain; and that this port speaks TLS at all.");
    public static readonly EndReason BackendSilent = new("backend_silent", 4504, 504, Backend, Retry.Backoff,
        "The back end took the connection but did not answer the upgrade in time.", "It hangs, or does not speak HTTP on this port.");
    public static readonly EndReason BackendClosedEarly = new("backend_closed_early", 4502, 502, Backend, Retry.Backoff,
        "The back end closed the connection instead of answering the upgrade.", "See its log; it may have crashed, or expect TLS on this port.");
    public static readonly EndReason BackendGarbage = new("backend_garbage", 4502, 502, Backend, Retry.Never,
        "What the back end answered is not HTTP.", "Check the port in the pool: another protocol listens there.");
    public static readonly EndReason BackendNotWebSocket = new("backend_not_websocket", 4502, 502, Backend, Retry.Never,
        "The back end answered the upgrade with an ordinary page: it is no WebSocket server on this path.", "A file server or a catch-all page answered. Check port and path of the back end.");
    public static readonly EndReason BackendRedirected = new("backend_redirected", 4502, 502, Backend, Retry.Never,
        "The back end answered the upgrade with a redirect, which WebSocket clients do not follow.", "Put the final address into the pool; a missing slash or a forced https is the usual cause.");
    public static readonly EndReason BackendDenied = new("backend_denied", 4502, 502, Backend, Retry.Never,
        "The back end refused the upgrade with 401 or 403.", "Its own check of Origin, Host or credentials said no: see the headers that it got.");
    public static readonly EndReason BackendNotFound = new("backend_not_found", 4502, 502, Backend, Retry.Never,
        "The back end has no WebSocket on this path: it answered 404.", "Compare the path with what the back end serves; see stripPrefix of the route.");
    public static readonly EndReason BackendRefused = new("backend_refused", 4502, 502, Backend, Retry.Never,
        "The back end refused the upgrade with another 4xx status.", "The status and the headers of its answer say why.");
    public static readonly EndReason BackendFailed = new("backend_failed", 4502, 502, Backend, Retry.Backoff,
        "The back end answered the upgrade with a 5xx status.", "It is overloaded, starting, or broken: see its log. If it is a proxy, the one behind it is.");
    public static readonly EndReason BackendBadUpgrade = new("backend_bad_upgrade", 4502, 502, Backend, Retry.Never,
        "The back end answered 101, but not as RFC 6455 demands.", "The details name the field. A cache or a proxy before the back end often is the cause.");

    // ---- life of a connection
    public static readonly EndReason ClientClosed = new("client_closed", 0, 0, Client, Retry.Never,
        "The client closed the connection.", "Nothing to do. Its code and reason passed on unchanged.");
    public static readonly EndReason BackendClosed = new("backend_closed", 0, 0, Backend, Retry.Backoff,
        "The back end closed the connection.", "Its code and reason passed on unchanged: they say why.");
    public static readonly EndReason ClientLost = new("client_lost", 1001, 0, Client, Retry.Backoff,
        "The client's connection broke without a close frame.", "The network, a proxy, or the client's machine ended it. Many of these after equal times point to an idle limit in between.");
    public static readonly EndReason BackendLost = new("backend_lost", 4502, 0, Backend, Retry.Backoff,
        "The back end's connection broke without a close frame.", "It crashed, was restarted, or something between cut it: see its log at this time.");
    public static readonly EndReason ClientProtocolError = new("client_protocol_error", 1002, 0, Client, Retry.Never,
        "The client sent a frame that RFC 6455 forbids.", "The details name the fault; it is a defect of the client or of something that changed its bytes.");
    public static readonly EndReason BackendProtocolError = new("backend_protocol_error", 4502, 0, Backend, Retry.Backoff,
        "The back end sent a frame that RFC 6455 forbids.", "The details name the fault; it is a defect of the back end.");
    public static readonly EndReason ClientHeartbeatLost = new("client_heartbeat_lost", 4606, 0, Client, Retry.Now,
        "The client fell silent and did not answer pings.", "Its network went away or its machine sleeps. It may connect again at once.");
    public static readonly EndReason BackendHeartbeatLost = new("backend_heartbeat_lost", 4504, 0, Backend, Retry.Backoff,
        "The back end fell silent and did not answer pings.", "It is frozen or cut off; a WebSocket server answers pings by itself.");
    public static readonly EndReason Idle = new("idle", 4408, 0, Gateway, Retry.Backoff,
        "No message passed for the idle time of the route.", "Send something now and then, or raise idle of the route.");
    public static readonly EndReason Stale = new("stale", 4408, 0, Gateway, Retry.Backoff,
        "No byte came from either side for the stale time.", "Both ends are gone or frozen, and the heartbeat is off or slower than that.");
    public static readonly EndReason MaximumAge = new("maximum_age", 4607, 0, Gateway, Retry.Now,
        "The connection reached its maximum age.", "Connect again. The limit is maximumAge of the route.");
    public static readonly EndReason Draining = new("draining", 4600, 0, Gateway, Retry.Now,
        "The gateway is being stopped or replaced.", "Connect again: another instance takes over.");
    public static readonly EndReason Rebalancing = new("rebalancing", 4601, 0, Gateway, Retry.Now,
        "The connection is moved to where there is more room.", "Connect again: another node takes over.");
    public static readonly EndReason TokenLapsed = new("token_lapsed", 4602, 0, Client, Retry.Now,
        "The token of the open connection expired and was not renewed.", "Fetch a new token and connect again, or renew it in time with `POST /api/connections/ATTEMPT/token`.");
    public static readonly EndReason TokenRevoked = new("token_revoked", 4603, 0, Client, Retry.Never,
        "The token of the open connection was revoked.", "Sign in again; the details say what was revoked, and an operator or the audit log says why.");
    public static readonly EndReason ClosedByOperator = new("closed_by_operator", 4608, 0, Gateway, Retry.Backoff,
        "An operator closed the connection.", "The audit log says who and why.");
    public static readonly EndReason RouteRemoved = new("route_removed", 4609, 0, Gateway, Retry.Backoff,
        "The route of the connection was changed or removed.", "Connect again; if there is no such route any more, the answer says so.");
    public static readonly EndReason MessageRate = new("message_rate", 4429, 0, Client, Retry.Backoff,
        "The client kept sending faster than it may, after it was slowed down.", "Send less; the details name the limit and what came.");
    public static readonly EndReason MessageTooBig = new("message_too_big", 4413, 0, Client, Retry.Never,
        "A message of the client is larger than it may be, or has more fragments.", "Send smaller messages; the details name the limit and the size.");
    public static readonly EndReason BadMessages = new("bad_messages", 4400, 0, Client, Retry.Never,
        "The client kept sending messages that could not be understood or were not allowed.", "Each was answered with an error that says what is wrong with it; contract/messages.md has the rules.");
    public static readonly EndReason ReaderTooSlow = new("reader_too_slow", 4604, 0, Client, Retry.Backoff,
        "The client read more slowly than its messages came.", "Connect again with the last cursor. Read faster, subscribe to less, or let the topic drop messages: slowReader of hub.topics.");
    public static readonly EndReason Replaced = new("replaced", 4409, 0, Client, Retry.Never,
        "A newer connection took the place of this one.", "Nothing to do: the same client has connected again. Two programs with one session would take it from each other in turn.");
    public static readonly EndReason SessionEnded = new("session_ended", 0, 0, Backend, Retry.Never,
        "The terminal or command ended, and its client was told how.", "Nothing to do. The exit code is in the frame before the close, and at `/api/sessions/ID`.");
    public static readonly EndReason GatewayFault = new("gateway_fault", 4500, 500, Gateway, Retry.Backoff,
        "The gateway itself failed.", "This is a defect of Bascule: please report it with the log entry of this attempt.");

    /// <summary>All rows. A test compares this list with the fields, the docs and <c>contract/end-reasons.json</c>.</summary>
    public static IReadOnlyList<EndReason> All { get; } =
    [
        BadMethod, BadHttpVersion, MissingHost, UpgradeRequired, BadConnectionHeader, UnsupportedVersion, MissingKey, BadKey, BadSubprotocol, BadExtensions,
        BadConnectProtocol, Http2WebSocketsOff, HandshakeTimeout, ClientGaveUp, BadRequest,
        TokenMissing, TokenMalformed, TokenAlgorithmRefused, TokenUnknownKey, TokenBadSignature, TokenExpired, TokenNotYetValid, TokenWrongAudience,
        TokenWrongIssuer, KeysUnavailable, RevokedToken, TicketInvalid, TicketMisused, OriginDenied, HostDenied, UpgradeRate, RequestRate,
        TooManyConnections, Overloaded,
        RouteNotFound, QueryMissing, QueryUnknownValue, TopicMalformed, TopicForbidden,
        SessionsOff, SessionMissing, SessionNotFound, RecordingNotFound, SessionForbidden, SessionLinkInvalid, SessionOver, SessionStarting, SessionValidationTimeout,
        SessionStoreUnavailable, SessionOrderInvalid, CommandNotAllowed, SessionQuota, SessionRate,
        GatewayStopping, QueueFull, QueueTimeout, NoUsableNode, SourceUnavailable,
        BackendNameUnknown, BackendUnreachable, BackendConnectTimeout, BackendTlsFailed, BackendSilent, BackendClosedEarly, BackendGarbage, BackendNotWebSocket,
        BackendRedirected, BackendDenied, BackendNotFound, BackendRefused, BackendFailed, BackendBadUpgrade,
        ClientClosed, BackendClosed, ClientLost, BackendLost, ClientProtocolError, BackendProtocolError, ClientHeartbeatLost, BackendHeartbeatLost,
        Idle, Stale, MaximumAge, Draining, Rebalancing, TokenLapsed, TokenRevoked, ClosedByOperator, RouteRemoved, MessageRate, MessageTooBig,
        BadMessages, ReaderTooSlow, Replaced, SessionEnded, GatewayFault,
    ];
}
