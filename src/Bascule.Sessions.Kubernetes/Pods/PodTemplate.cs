using System.Globalization;
using System.Text.Json.Nodes;

namespace Bascule.Sessions.Kubernetes;

/// <summary>Makes the pod of a session: it may do as little as a program can live with. Passes the restricted Pod Security Standard.</summary>
internal static class PodTemplate
{
    // The life of a pod that nobody deletes: that of its session, the start, and the time to fetch the result.
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

    /// <param name="owner">For <c>ownerReferences</c>: the object as the API server has it; null: none.</param>
    internal static JsonObject Of(SessionOrder order, KubernetesOptions options, string space, JsonObject? owner, DateTimeOffset now)
    {
        var life = order.MaximumLife + options.PodStart + options.Linger + Margin;
        var metadata = Metadata(order, options, owner, now + life);
        if (options.LegacyExec)
        {
            var exec = new PodExecOrder(space, PodNames.Of(order.Id), order.Command) { Tty = order.Tty };
            metadata["annotations"]![PodNames.Exec] = PodExec.PathOf(exec);
        }

        return new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod", ["metadata"] = metadata, ["spec"] = Spec(order, options, life) };
    }

    /// <summary>What the agent's callers show, read back from the pod: any instance finds it there.</summary>
    internal static string? SecretOf(JsonObject pod) => pod.Items("spec", "containers").SelectMany(container => container.Items("env"))
        .FirstOrDefault(variable => variable.Text("name") == PodNames.SecretVariable).Text("value");

    /// <summary>Its agent writes a recording, which is lost with the pod.</summary>
    internal static bool IsRecorded(JsonObject pod) => pod.Items("spec", "containers").Any(container => container["command"] is JsonArray command
        && command.TakeWhile(word => word?.ToString() != "--").Any(word => word?.ToString() == AgentWords.Recording));

    private static JsonObject Metadata(SessionOrder order, KubernetesOptions options, JsonObject? owner, DateTimeOffset expires)
    {
        var labels = new JsonObject();
        foreach (var (name, value) in options.Labels)
            labels[name] = value;
        labels[PodNames.ManagedBy] = PodNames.Us;
        labels[PodNames.Gateway] = PodNames.Label(options.Gateway);
        labels[PodNames.Session] = order.Id.ToString();
        if (order.Tenant is { Length: > 0 } tenant)
            labels[PodNames.Tenant] = PodNames.Label(tenant);
        if (order.Owner is { Length: > 0 } user)
            labels[PodNames.OwnerHash] = PodNames.Hash(user);
        var metadata = new JsonObject
        {
            ["name"] = PodNames.Of(order.Id),
            ["labels"] = labels,
            ["annotations"] = new JsonObject { [PodNames.Expires] = expires.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) },
        };
        if (owner is not null)
            metadata["ownerReferences"] = new JsonArray(Reference(options.Owner!, owner));
        return metadata;
    }

    private static JsonObject Reference(PodOwner owner, JsonObject found) => new()
    {
        ["apiVersion"] = owner.ApiVersion,
        ["kind"] = owner.Kind,
        ["name"] = owner.Name,
        ["uid"] = PodNames.UidOf(found),
    };

    private static JsonObject Spec(SessionOrder order, KubernetesOptions options, TimeSpan life)
    {
        var spec = new JsonObject
        {
            ["restartPolicy"] = "Never",
            ["activeDeadlineSeconds"] = (int)life.TotalSeconds,
            ["terminationGracePeriodSeconds"] = (int)options.Grace.TotalSeconds,
            ["automountServiceAccountToken"] = false,
            ["enableServiceLinks"] = false,
            ["securityContext"] = new JsonObject
            {
                ["runAsNonRoot"] = true,
                ["runAsUser"] = options.RunAsUser,
                ["runAsGroup"] = options.RunAsUser,
                ["fsGroup"] = options.RunAsUser,
                ["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" },
            },
            ["containers"] = new JsonArray(Container(order, options)),
            ["volumes"] = new JsonArray(Scratch("tmp", options), Scratch("home", options)),
        };
        if (options.ServiceAccount is { } account)
            spec["serviceAccountName"] = account;
        if (options.UserNamespace)
            spec["hostUsers"] = false;
        if (options.NodeSelector.Count > 0)
            spec["nodeSelector"] = new JsonObject(options.NodeSelector.Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, pair.Value)));
        if (options.ImagePullSecrets.Count > 0)
            spec["imagePullSecrets"] = new JsonArray([.. options.ImagePullSecrets.Select(name => new JsonObject { ["name"] = name })]);
        return spec;
    }

    private static JsonObject Container(SessionOrder order, KubernetesOptions options)
    {
        var container = new JsonObject
        {
            ["name"] = PodNames.Container,
            ["image"] = order.Image ?? options.Image ?? "",
            ["command"] = Texts(options.LegacyExec ? ["sleep", ((long)order.MaximumLife.TotalSeconds).ToString(CultureInfo.InvariantCulture)] : AgentWords.Of(order, options)),
            ["env"] = Environment(order, options),
            ["resources"] = Resources(order, options),
            // What the agent, or a program that could not start, wrote last: the text of the ending.
            ["terminationMessagePolicy"] = "FallbackToLogsOnError",
            ["securityContext"] = new JsonObject
            {
                ["allowPrivilegeEscalation"] = false,
                ["readOnlyRootFilesystem"] = true,
                ["runAsNonRoot"] = true,
                ["capabilities"] = new JsonObject { ["drop"] = Texts(["ALL"]) },
            },
            ["volumeMounts"] = new JsonArray(
                new JsonObject { ["name"] = "tmp", ["mountPath"] = "/tmp" },
                new JsonObject { ["name"] = "home", ["mountPath"] = options.Home }),
        };
        if (options.ImagePullPolicy is { } policy)
            container["imagePullPolicy"] = policy;
        if (!options.LegacyExec)
        {
            container["ports"] = new JsonArray(new JsonObject { ["name"] = "agent", ["containerPort"] = options.AgentPort });
            container["readinessProbe"] = new JsonObject
            {
                ["httpGet"] = new JsonObject { ["path"] = "/health", ["port"] = options.AgentPort },
                ["periodSeconds"] = 1,
                ["timeoutSeconds"] = 2,
                ["failureThreshold"] = 3,
            };
        }

        return container;
    }

    private static JsonArray Environment(SessionOrder order, KubernetesOptions options)
    {
        var ours = new Dictionary<string, string>(order.Environment, StringComparer.Ordinal) { [PodNames.SessionVariable] = order.Id.ToString() };
        ours.TryAdd("HOME", options.Home);
        if (!options.LegacyExec)
        {
            ours[PodNames.SecretVariable] = order.Key;
            // What runs in the pod shares its user and /tmp: by the runtime's socket there it would read the agent's environment.
            ours[PodNames.DiagnosticsVariable] = "0";
        }

        return new JsonArray([.. ours.Select(pair => new JsonObject { ["name"] = pair.Key, ["value"] = Literal(pair.Value) })]);
    }

    /// <summary>Kubernetes replaces <c>$(NAME)</c>, the secret's name too, and takes every doubled sign for one.</summary>
    private static string Literal(string value) => value.Replace("$", "$$", StringComparison.Ordinal);

    private static JsonObject Resources(SessionOrder order, KubernetesOptions options)
    {
        JsonObject Amounts() => new()
        {
            ["cpu"] = options.Cpu,
            ["memory"] = order.Limits.MemoryBytes?.ToString(CultureInfo.InvariantCulture) ?? options.Memory,
            ["ephemeral-storage"] = options.EphemeralStorage,
        };
        return new JsonObject { ["requests"] = Amounts(), ["limits"] = Amounts() };
    }

    private static JsonObject Scratch(string name, KubernetesOptions options) =>
        new() { ["name"] = name, ["emptyDir"] = new JsonObject { ["sizeLimit"] = options.ScratchSize } };

    private static JsonArray Texts(IReadOnlyList<string> texts) => new([.. texts.Select(text => (JsonNode?)Literal(text))]);
}
