using System.Diagnostics.Metrics;
using Bascule.Sessions;

namespace Bascule.Gateway;

/// <summary>What is counted of sessions. Each series is there from the start, with 0: else the first one would be no increase, and no alert.</summary>
public sealed class SessionMetrics
{
    private readonly Counter<long> _creations;
    private readonly Counter<long> _endings;
    private readonly Histogram<double> _start;

    internal SessionMetrics(Meter meter, Func<IEnumerable<SessionReading>> readings)
    {
        _creations = meter.CreateCounter<long>("bascule.session.creations", "{session}", "Sessions that were asked for, by what came of it: running, refused (the rules said no), failed (an operator must look) or cancelled.");
        _endings = meter.CreateCounter<long>("bascule.session.endings", "{session}", "Sessions that were running and are over, by reason.");
        // From a process on this machine to a pod whose image is pulled.
        _start = meter.CreateHistogram("bascule.session.start.duration", "s", "Time from the creation of a session until it was running.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300] });
        meter.CreateObservableGauge("bascule.sessions", () => readings().Select(r => new Measurement<long>(r.Count, new KeyValuePair<string, object?>("state", r.State))), "{session}", "Sessions that are starting or running, of all gateways that share the storage.");
    }

    /// <summary>Called when somebody listens already: a zero before that would be lost.</summary>
    internal void Begin()
    {
        _creations.Add(0, new("result", "running"), new("reason", "none"));
        foreach (var fault in Enum.GetValues<CreateFault>())
            Add(0, new CreateRefusal(fault, ""));
        foreach (var ending in SessionEndings.All)
        {
            _creations.Add(0, new("result", ResultOf(ending)), new("reason", ending.Label));
            _endings.Add(0, new KeyValuePair<string, object?>("reason", ending.Label));
        }
    }

    internal void Refused(CreateRefusal refusal) => Add(1, refusal);

    internal void Running(SessionRecord record)
    {
        _creations.Add(1, new("result", "running"), new("reason", "none"));
        if (record.StartedAt is { } started)
            _start.Record(Math.Max(0, (started - record.CreatedAt).TotalSeconds));
    }

    internal void Ended(SessionRecord record)
    {
        var ending = SessionEndings.Of(record.End!.Ending);
        if (record.StartedAt is null)
            _creations.Add(1, new("result", ResultOf(ending)), new("reason", ending.Label));
        else
            _endings.Add(1, new KeyValuePair<string, object?>("reason", ending.Label));
    }

    /// <summary>Of a session that was never running.</summary>
    private static string ResultOf(SessionEnding ending) => ending.IsFault ? "failed" : "cancelled";

    private void Add(long count, CreateRefusal refusal) =>
        _creations.Add(count, new("result", refusal.Fault == CreateFault.StoreUnavailable ? "failed" : "refused"), new("reason", refusal.Label));
}

/// <param name="State"><c>starting</c> or <c>running</c>.</param>
public readonly record struct SessionReading(string State, long Count);
