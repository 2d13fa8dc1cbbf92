using System.Diagnostics;
using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>Begins the trace of an attempt, or carries on the client's. Made only when something listens: without it nothing is allocated.</summary>
public sealed class AttemptTracing(BuildVersion build) : IDisposable
{
    public const string SourceName = "Bascule";

    private readonly ActivitySource _source = new(SourceName, build.Version);

    /// <summary>Opens the span of the handshake.</summary>
    /// <returns>Null when nothing listens.</returns>
    public AttemptSpan? Begin(Attempt attempt, RequestHead head)
    {
        if (!_source.HasListeners())
            return null;
        var caller = ActivityContext.TryParse(head.Headers.First("traceparent"), head.Headers.Joined("tracestate"), isRemote: true, out var context) ? context : default;
        return Start(attempt.Method, ActivityKind.Server, caller, attempt.StartedAt) is { } handshake ? new AttemptSpan(this, handshake) : null;
    }

    public void Dispose() => _source.Dispose();

    /// <summary>Whether a span is of this gateway, not of another one in the process.</summary>
    internal bool Made(Activity span) => span.Source == _source;

    /// <summary>A span that began at a time of our clock, and of which the code around it knows nothing.</summary>
    internal Activity? Start(string name, ActivityKind kind, ActivityContext parent, DateTimeOffset at)
    {
        // Without a parent the source would take what is current: Kestrel's own request, or that of whoever made the connection.
        var around = Activity.Current;
        Activity.Current = null;
        try
        {
            return _source.StartActivity(name, kind, parent, tags: null, links: null, at);
        }
        finally
        {
            Activity.Current = around;
        }
    }
}
