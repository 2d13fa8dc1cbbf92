using System.Globalization;
using System.Text.Json.Nodes;

namespace Bascule.Kubernetes.Fake;

/// <summary>A change as watches see it.</summary>
/// <param name="Before">The object as it was; null for a new one.</param>
internal sealed record StoreEvent(long Version, string Type, ResourceKind Kind, string Namespace, JsonObject Object, JsonObject? Before);

/// <summary>All objects and the history of their changes, as etcd keeps them. What it gives and takes is never changed afterwards.</summary>
internal sealed class ObjectStore(TimeProvider time)
{
    private const long FirstVersion = 1000;

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, (ResourceKind Kind, string Namespace, JsonObject Object)> _objects = new(StringComparer.Ordinal);
    private readonly List<StoreEvent> _history = [];
    private TaskCompletionSource _changed = NewSignal();
    private long _version = FirstVersion;
    private long _forgotten = FirstVersion;

    internal long Version
    {
        get
        {
            lock (_gate)
                return _version;
        }
    }

    /// <summary>Completes at the next change, or at the next <see cref="Wake"/>.</summary>
    internal Task ChangedAsync()
    {
        lock (_gate)
            return _changed.Task;
    }

    internal JsonObject? Find(ResourceKind kind, string space, string name)
    {
        lock (_gate)
            return _objects.TryGetValue(Key(kind, space, name), out var found) ? found.Object : null;
    }

    /// <param name="space">Null: all namespaces.</param>
    internal (IReadOnlyList<JsonObject> Objects, long Version) List(ResourceKind kind, string? space)
    {
        lock (_gate)
            return ([.. _objects.Values.Where(one => one.Kind == kind && (space is null || one.Namespace == space)).Select(one => one.Object)], _version);
    }

    /// <summary>What happened after a version; null when that is no longer known.</summary>
    internal (IReadOnlyList<StoreEvent> Events, long Version)? After(ResourceKind kind, string? space, long version)
    {
        lock (_gate)
        {
            if (version < _forgotten)
                return null;
            return ([.. _history.Where(change => change.Version > version && change.Kind == kind && (space is null || change.Namespace == space))], _version);
        }
    }

    internal JsonObject Create(ResourceKind kind, string space, JsonObject given)
    {
        var made = given.Copy();
        var metadata = made.Ensure("metadata");
        lock (_gate)
        {
            if (metadata.Text("name") is null && metadata.Text("generateName") is { } prefix)
                metadata["name"] = prefix + Guid.NewGuid().ToString("N")[..5];
            var name = metadata.Text("name")!;
            if (_objects.ContainsKey(Key(kind, space, name)))
                throw ApiException.AlreadyExists(kind, name);
            metadata["uid"] = Guid.NewGuid().ToString();
            metadata["creationTimestamp"] = Now();
            if (kind.IsNamespaced)
                metadata["namespace"] = space;
            made["apiVersion"] = kind.GroupVersion;
            made["kind"] = kind.Kind;
            Put("ADDED", kind, space, made, null);
            return made;
        }
    }

    /// <param name="change">Gets a copy; may change it, or return another one. An unchanged object keeps its version.</param>
    internal JsonObject Update(ResourceKind kind, string space, string name, Func<JsonObject, JsonObject> change)
    {
        lock (_gate)
        {
            var before = Find(kind, space, name) ?? throw ApiException.NotFound(kind, name);
            var after = change(before.Copy());
            foreach (var kept in (string[])["uid", "creationTimestamp", "name", "namespace", "resourceVersion"])
                after.Ensure("metadata")[kept] = before.At("metadata", kept)?.DeepClone();
            if (JsonNode.DeepEquals(before, after))
                return before;
            Put("MODIFIED", kind, space, after, before);
            return after;
        }
    }

    internal JsonObject? Remove(ResourceKind kind, string space, string name, string? uid = null)
    {
        lock (_gate)
        {
            var before = Find(kind, space, name);
            if (before is null || (uid is not null && before.Text("metadata", "uid") != uid))
                return null;
            _objects.Remove(Key(kind, space, name));
            var last = before.Copy();
            last.Ensure("metadata")["resourceVersion"] = (++_version).ToString(CultureInfo.InvariantCulture);
            Tell(new StoreEvent(_version, "DELETED", kind, space, last, before));
            return last;
        }
    }

    /// <summary>Forgets the history, as a compaction does: who watches from before has to list.</summary>
    internal void Forget()
    {
        lock (_gate)
        {
            // A version of its own: who has listed just now is as late as everybody.
            _forgotten = ++_version;
            _history.Clear();
        }

        Wake();
    }

    internal void Wake()
    {
        lock (_gate)
        {
            _changed.SetResult();
            _changed = NewSignal();
        }
    }

    internal string Now() => time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private void Put(string type, ResourceKind kind, string space, JsonObject made, JsonObject? before)
    {
        made.Ensure("metadata")["resourceVersion"] = (++_version).ToString(CultureInfo.InvariantCulture);
        _objects[Key(kind, space, made.Text("metadata", "name")!)] = (kind, space, made);
        Tell(new StoreEvent(_version, type, kind, space, made, before));
    }

    private void Tell(StoreEvent change)
    {
        _history.Add(change);
        _changed.SetResult();
        _changed = NewSignal();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static string Key(ResourceKind kind, string space, string name) => $"{kind.Group}/{kind.Plural}/{space}/{name}";
}
