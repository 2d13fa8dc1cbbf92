using System.Diagnostics;
using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>The trace of one attempt: a server span for its handshake with a child for each stage, sent when the handshake is over; and, if it became a
/// connection, a second child for its life, sent at its end. One span for both would hide the handshake until the last message.</summary>
public sealed class AttemptSpan
{
    private readonly AttemptTracing _tracing;
    private readonly Activity _handshake;
    private Activity? _life;

    internal AttemptSpan(AttemptTracing tracing, Activity handshake)
    {
        _tracing = tracing;
        _handshake = handshake;
    }

    /// <summary>What the back end gets as <c>traceparent</c>: its span becomes a child of the handshake.</summary>
    public string TraceParent => $"00-{_handshake.TraceId}-{_handshake.SpanId}-{(_handshake.Recorded ? "01" : "00")}";

    /// <summary>The client got its 101: the handshake is over, the life begins.</summary>
    public void Opened(Attempt attempt, string? routePath)
    {
        var at = attempt.StartedAt + (attempt.EnteredAfter(Stage.Relay) ?? default);
        if (_handshake.IsAllDataRequested)
        {
            DescribeHandshake(attempt, routePath, status: 101);
            AddStages(attempt, at);
            _life = _tracing.Start("websocket connection", ActivityKind.Internal, _handshake.Context, at);
        }

        Stop(_handshake, at);
    }

    /// <summary>The attempt is over. Call it after <see cref="Attempt.Finish"/>; twice is once.</summary>
    public void Over(Attempt attempt, string? routePath)
    {
        var end = attempt.End!;
        var at = attempt.StartedAt + end.After;
        if (!_handshake.IsStopped)
        {
            if (_handshake.IsAllDataRequested)
            {
                DescribeHandshake(attempt, routePath, AttemptLog.StatusTold(end) ?? (end.CloseCode == 0 ? null : 101));
                DescribeEnd(_handshake, end);
                AddStages(attempt, at);
            }

            Stop(_handshake, at);
        }

        if (_life is not { IsStopped: false } life)
            return;
        DescribeConnection(life, attempt, end);
        Stop(life, at);
    }

    /// <summary>Names by the semantic conventions for HTTP servers; what they have no name for begins with <c>bascule.</c>.</summary>
    private void DescribeHandshake(Attempt attempt, string? routePath, int? status)
    {
        _handshake.DisplayName = routePath is null ? attempt.Method : $"{attempt.Method} {routePath}";
        _handshake.SetTag("http.request.method", attempt.Method);
        _handshake.SetTag("http.route", routePath);
        _handshake.SetTag("http.response.status_code", status);
        _handshake.SetTag("url.scheme", attempt.Scheme);
        // The query may hold what is secret under a name that nobody knows: it stays out.
        _handshake.SetTag("url.path", attempt.Path.Split('?')[0]);
        _handshake.SetTag("server.address", attempt.Host);
        _handshake.SetTag("client.address", attempt.ClientAddress);
        _handshake.SetTag("network.protocol.version", attempt.Protocol == HttpKind.Http2 ? "2" : "1.1");
        _handshake.SetTag("user_agent.original", attempt.UserAgent);
        DescribeAttempt(_handshake, attempt);
    }

    private static void DescribeAttempt(Activity span, Attempt attempt)
    {
        span.SetTag("enduser.id", attempt.Subject);
        span.SetTag("bascule.attempt", attempt.Id.ToString());
        span.SetTag("bascule.route", attempt.Route);
        span.SetTag("bascule.pool", attempt.Pool);
        span.SetTag("bascule.node", attempt.Node);
        span.SetTag("bascule.subprotocol", attempt.Subprotocol);
    }

    private static void DescribeConnection(Activity life, Attempt attempt, AttemptEnd end)
    {
        DescribeAttempt(life, attempt);
        DescribeEnd(life, end);
        life.SetTag("bascule.to_backend.messages", end.Counts.MessagesToBackend);
        life.SetTag("bascule.to_backend.bytes", end.Counts.BytesToBackend);
        life.SetTag("bascule.to_client.messages", end.Counts.MessagesToClient);
        life.SetTag("bascule.to_client.bytes", end.Counts.BytesToClient);
    }

    /// <summary>An ending by client or operator is no error of a server; one by a back end or a defect of ours is.</summary>
    private static void DescribeEnd(Activity span, AttemptEnd end)
    {
        var reason = end.Ending.Reason;
        span.SetTag("bascule.reason", reason.Label);
        span.SetTag("bascule.by", Words.Of(reason.By));
        if (end.CloseCode != 0)
            span.SetTag("bascule.close_code", end.CloseCode);
        if (reason.Status < 500 && (reason.By != EndedBy.Backend || reason == EndReasons.BackendClosed))
            return;
        span.SetTag("error.type", reason.Label);
        span.SetStatus(ActivityStatusCode.Error, end.Ending.Detail ?? reason.Text);
    }

    private void AddStages(Attempt attempt, DateTimeOffset end)
    {
        for (var stage = Stage.Listen; stage < Stage.Relay; stage++)
        {
            if (attempt.EnteredAfter(stage) is { } entered && _tracing.Start(Words.Of(stage), ActivityKind.Internal, _handshake.Context, attempt.StartedAt + entered) is { } span)
                Stop(span, attempt.LeftAfter(stage) is { } left ? attempt.StartedAt + left : end);
        }
    }

    private static void Stop(Activity span, DateTimeOffset at)
    {
        span.SetEndTime(at.UtcDateTime);
        span.Stop();
    }
}
