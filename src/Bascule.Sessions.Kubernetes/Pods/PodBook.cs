using System.Text.Json.Nodes;

namespace Bascule.Sessions.Kubernetes;

/// <summary>One pod, as far as it was told.</summary>
internal sealed class PodEntry(SessionId id, long firstSeen)
{
    internal SessionId Id { get; } = id;

    internal long FirstSeen { get; } = firstSeen;

    /// <summary>The last that was seen of it.</summary>
    internal JsonObject Pod { get; set; } = [];

    internal string Name => PodNames.NameOf(Pod);

    internal string Uid => PodNames.UidOf(Pod);

    internal string Progress { get; set; } = "";

    internal PodTrouble? Trouble { get; set; }

    /// <summary>Its place was told.</summary>
    internal bool IsRunning { get; set; }

    /// <summary>Its end was told, or is being made ready to be told: nothing of it is told any more.</summary>
    internal bool IsOver { get; set; }
}

/// <summary>What the book wants done, each once for a pod. Does not block.</summary>
internal interface IPodReader
{
    void Starting(PodEntry entry);

    /// <summary>Its agent answers at <paramref name="address"/>.</summary>
    void Running(PodEntry entry, string address);

    /// <summary>It will not start: its end is to be told, with the events of Kubernetes, and the pod to be removed.</summary>
    void Failing(PodEntry entry, PodTrouble why);

    void Over(PodEntry entry, PodFinish finish);
}

/// <summary>Follows the pods of the watch, and says of each what is new.</summary>
internal sealed class PodBook(IPodReader reader, TimeSpan podStart, TimeProvider time) : IWatchReader
{
    private readonly Lock _gate = new();

    // By the pod's uid: a namesake is another pod.
    private readonly Dictionary<string, PodEntry> _entries = new(StringComparer.Ordinal);

    public void Listed(IReadOnlyList<JsonObject> objects)
    {
        lock (_gate)
        {
            var here = objects.Select(PodNames.UidOf).ToHashSet(StringComparer.Ordinal);
            foreach (var gone in _entries.Where(pair => !here.Contains(pair.Key)).Select(pair => pair.Value).ToList())
                Remove(gone);
            foreach (var pod in objects)
                See(pod);
        }
    }

    public void Changed(JsonObject changed)
    {
        lock (_gate)
            See(changed);
    }

    public void Deleted(JsonObject last)
    {
        lock (_gate)
        {
            if (Enter(last) is not { } entry)
                return;
            entry.Pod = last;
            Remove(entry);
        }
    }

    internal PodEntry? Find(string uid)
    {
        lock (_gate)
            return _entries.GetValueOrDefault(uid);
    }

    /// <summary>Gives up what has not started in time.</summary>
    internal void GiveUpLate()
    {
        lock (_gate)
        {
            foreach (var entry in _entries.Values.Where(e => !e.IsRunning && !e.IsOver && time.GetElapsedTime(e.FirstSeen) >= podStart))
                Fail(entry, entry.Trouble ?? new PodTrouble(SessionEndings.StartTimeout, $"The pod did not start within {podStart.TotalSeconds:0.#} s. Last seen: {entry.Progress}", true));
        }
    }

    private PodEntry? Enter(JsonObject pod)
    {
        if (!PodNames.TryRead(pod, out var id))
            return null;
        if (!_entries.TryGetValue(PodNames.UidOf(pod), out var entry))
            _entries[PodNames.UidOf(pod)] = entry = new PodEntry(id, time.GetTimestamp());
        return entry;
    }

    private void See(JsonObject pod)
    {
        if (Enter(pod) is not { } entry)
            return;
        entry.Pod = pod;
        if (entry.IsOver)
            return;
        var sight = PodSight.Of(pod);
        if (sight.Finish is { } finish)
            End(entry, finish);
        else if (sight.Address is { } address)
            Run(entry, address);
        else if (!entry.IsRunning)
            Progress(entry, sight);
    }

    private void Progress(PodEntry entry, PodSight sight)
    {
        entry.Trouble = sight.Trouble;
        if (sight.Trouble is { IsFinal: true } final)
        {
            Fail(entry, final);
            return;
        }

        if (entry.Progress == sight.Progress)
            return;
        entry.Progress = sight.Progress;
        reader.Starting(entry);
    }

    private void Run(PodEntry entry, string address)
    {
        if (entry.IsRunning)
            return;
        entry.IsRunning = true;
        reader.Running(entry, address);
    }

    private void Fail(PodEntry entry, PodTrouble why)
    {
        entry.IsOver = true;
        reader.Failing(entry, why);
    }

    private void End(PodEntry entry, PodFinish finish)
    {
        entry.IsOver = true;
        reader.Over(entry, finish);
    }

    private void Remove(PodEntry entry)
    {
        if (!entry.IsOver)
            End(entry, PodEnd.OfGone(entry.Pod));
        _entries.Remove(entry.Uid);
    }
}
