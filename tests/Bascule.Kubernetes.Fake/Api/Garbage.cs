using System.Text.Json.Nodes;

namespace Bascule.Kubernetes.Fake;

/// <summary>Removes what belongs to something that is gone: contents of namespaces, and dependents by owner reference.</summary>
internal static class Garbage
{
    internal static void Collect(ObjectStore store, ResourceKind kind, JsonObject gone)
    {
        foreach (var candidate in ResourceKind.All)
        {
            foreach (var one in store.List(candidate, null).Objects)
            {
                var isInside = kind == ResourceKind.Namespaces && one.Text("metadata", "namespace") == gone.Text("metadata", "name");
                if (isInside || (HasOwner(one, gone) && IsOrphan(store, one)))
                    Remove(store, candidate, one);
            }
        }
    }

    /// <summary>An owner in another namespace counts as absent, and so the new object goes at once.</summary>
    internal static void CollectWhenOrphan(ObjectStore store, ResourceKind kind, string space, JsonObject made)
    {
        if (made.Items("metadata", "ownerReferences").Any() && IsOrphan(store, made))
            store.Remove(kind, space, made.Text("metadata", "name")!);
    }

    private static void Remove(ObjectStore store, ResourceKind kind, JsonObject one)
    {
        if (store.Remove(kind, one.Text("metadata", "namespace") ?? "", one.Text("metadata", "name")!) is { } removed)
            Collect(store, kind, removed);
    }

    private static bool HasOwner(JsonObject one, JsonObject owner) =>
        one.Items("metadata", "ownerReferences").Any(reference => reference.Text("uid") == owner.Text("metadata", "uid"));

    private static bool IsOrphan(ObjectStore store, JsonObject one) => one.Items("metadata", "ownerReferences").All(reference =>
    {
        var kind = ResourceKind.All.FirstOrDefault(k => k.Kind == reference.Text("kind") && k.GroupVersion == reference.Text("apiVersion"));
        return kind is null
            || store.Find(kind, kind.IsNamespaced ? one.Text("metadata", "namespace") ?? "" : "", reference.Text("name") ?? "").Text("metadata", "uid") != reference.Text("uid");
    });
}
