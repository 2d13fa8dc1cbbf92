using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Bascule.Kubernetes.Fake;

/// <summary>What the API server checks of an object and adds to it before it is stored.</summary>
internal static partial class Admission
{
    private const int LongestName = 253;

    internal static void CheckNew(ObjectStore store, ApiRequest request, JsonObject given, bool isStrict)
    {
        if (given.Text("kind") is { } kind && kind != request.Kind.Kind)
            throw ApiException.BadRequest($"{kind} in version \"{given.Text("apiVersion")}\" cannot be handled as a {request.Kind.Kind}");
        if (request.Kind.IsNamespaced && request.Namespace is null)
            throw ApiException.BadRequest("the namespace of the object is missing");
        if (given.Text("metadata", "namespace") is { } space && space != request.Namespace)
            throw ApiException.BadRequest($"the namespace of the provided object does not match the namespace sent on the request: {space}, {request.Namespace}");
        if (request.Namespace is { } inside && store.Find(ResourceKind.Namespaces, "", inside) is null)
            throw ApiException.NotFound(ResourceKind.Namespaces, inside);
        CheckName(request.Kind, given);
        if (request.Kind != ResourceKind.Pods)
            return;
        if (isStrict)
            PodRules.CheckFields(given);
        PodRules.Check(given);
        CheckQuota(store, request, given);
    }

    internal static void CheckChange(ApiRequest request, JsonObject before, JsonObject after)
    {
        if (request.Kind != ResourceKind.Pods)
            return;
        PodRules.Check(after);
        var (old, now) = (Frozen(before), Frozen(after));
        if (!JsonNode.DeepEquals(old, now))
        {
            throw ApiException.Invalid(request.Kind, request.Name!, [("FieldValueForbidden", "spec",
                "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations`")]);
        }
    }

    /// <summary>Fills in what the API server fills in.</summary>
    internal static JsonObject Completed(ResourceKind kind, JsonObject given)
    {
        var whole = given.Copy();
        if (kind.Plural == "namespaces")
            whole["status"] = new JsonObject { ["phase"] = "Active" };
        if (kind != ResourceKind.Pods)
            return whole;
        var spec = whole.Ensure("spec");
        foreach (var (name, value) in new (string, JsonNode)[]
        {
            ("restartPolicy", "Always"), ("terminationGracePeriodSeconds", 30), ("dnsPolicy", "ClusterFirst"), ("schedulerName", "default-scheduler"),
            ("serviceAccountName", "default"), ("enableServiceLinks", true), ("securityContext", new JsonObject()),
        })
            spec.TryAdd(name, value);
        foreach (var container in spec.Items("containers"))
        {
            container.TryAdd("imagePullPolicy", "IfNotPresent");
            container.TryAdd("terminationMessagePath", "/dev/termination-log");
            container.TryAdd("terminationMessagePolicy", "File");
            container.TryAdd("resources", new JsonObject());
            foreach (var port in container.Items("ports"))
                port.TryAdd("protocol", "TCP");
        }

        whole["status"] = new JsonObject { ["phase"] = "Pending", ["qosClass"] = "Guaranteed" };
        return whole;
    }

    private static void CheckName(ResourceKind kind, JsonObject given)
    {
        var name = given.Text("metadata", "name");
        if (name is null && given.Text("metadata", "generateName") is not null)
            return;
        if (name is null)
            throw ApiException.Invalid(kind, "", [("FieldValueRequired", "metadata.name", "Required value: name or generateName is required")]);
        var isRbac = kind.Group == "rbac.authorization.k8s.io";
        if (name.Length <= LongestName && (isRbac || Subdomain().IsMatch(name)))
            return;
        throw ApiException.Invalid(kind, name, [("FieldValueInvalid", "metadata.name",
            $"Invalid value: \"{name}\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character")]);
    }

    private static void CheckQuota(ObjectStore store, ApiRequest request, JsonObject given)
    {
        foreach (var quota in store.List(ResourceKind.Named("resourcequotas"), request.Namespace).Objects)
        {
            if (!int.TryParse(quota.Text("spec", "hard", "pods"), out var hard))
                continue;
            var used = store.List(ResourceKind.Pods, request.Namespace).Objects.Count(pod => pod.Text("status", "phase") is not ("Succeeded" or "Failed"));
            if (used >= hard)
            {
                throw ApiException.Forbidden(request.Kind, given.Text("metadata", "name"),
                    $"exceeded quota: {quota.Text("metadata", "name")}, requested: pods=1, used: pods={used}, limited: pods={hard}");
            }
        }
    }

    private static JsonObject Frozen(JsonObject pod)
    {
        var spec = pod.Ensure("spec").Copy();
        foreach (var free in (string[])["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "nodeName"])
            spec.Remove(free);
        foreach (var container in spec.Items("containers"))
            container.Remove("image");
        return spec;
    }

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")]
    private static partial Regex Subdomain();
}
