using System.Globalization;
using System.Text.Json.Nodes;

namespace Bascule.Kubernetes.Fake;

/// <summary>The rules for pods: enough of them that a template with a typing error or a contradiction is refused as by a real server.</summary>
internal static class PodRules
{
    private static readonly HashSet<string> SpecFields = Words(
        "activeDeadlineSeconds affinity automountServiceAccountToken containers dnsConfig dnsPolicy enableServiceLinks ephemeralContainers hostAliases hostIPC hostNetwork "
        + "hostPID hostUsers hostname imagePullSecrets initContainers nodeName nodeSelector os overhead preemptionPolicy priority priorityClassName readinessGates resources "
        + "restartPolicy runtimeClassName schedulerName schedulingGates securityContext serviceAccount serviceAccountName setHostnameAsFQDN shareProcessNamespace subdomain "
        + "terminationGracePeriodSeconds tolerations topologySpreadConstraints volumes");

    private static readonly HashSet<string> ContainerFields = Words(
        "args command env envFrom image imagePullPolicy lifecycle livenessProbe name ports readinessProbe resizePolicy resources restartPolicy securityContext startupProbe "
        + "stdin stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts workingDir");

    private static readonly HashSet<string> ContainerSecurityFields = Words(
        "allowPrivilegeEscalation appArmorProfile capabilities privileged procMount readOnlyRootFilesystem runAsGroup runAsNonRoot runAsUser seLinuxOptions seccompProfile windowsOptions");

    private static readonly HashSet<string> PodSecurityFields = Words(
        "appArmorProfile fsGroup fsGroupChangePolicy runAsGroup runAsNonRoot runAsUser seLinuxChangePolicy seLinuxOptions seccompProfile supplementalGroups supplementalGroupsPolicy sysctls windowsOptions");

    private static readonly string[] RestartPolicies = ["Always", "OnFailure", "Never"];

    /// <summary>What strict field validation refuses.</summary>
    internal static void CheckFields(JsonObject pod)
    {
        var unknown = new List<string>();
        Unknown(pod["spec"], SpecFields, "spec", unknown);
        Unknown(pod.At("spec", "securityContext"), PodSecurityFields, "spec.securityContext", unknown);
        foreach (var (container, index) in pod.Items("spec", "containers").Select((container, index) => (container, index)))
        {
            Unknown(container, ContainerFields, $"spec.containers[{index}]", unknown);
            Unknown(container["securityContext"], ContainerSecurityFields, $"spec.containers[{index}].securityContext", unknown);
        }

        if (unknown.Count > 0)
            throw ApiException.BadRequest($"Pod in version \"v1\" cannot be handled as a Pod: strict decoding error: {string.Join(", ", unknown.Select(field => $"unknown field \"{field}\""))}");
    }

    internal static void Check(JsonObject pod)
    {
        var causes = new List<(string Reason, string Field, string Message)>();
        var containers = pod.Items("spec", "containers").ToList();
        if (containers.Count == 0)
            causes.Add(("FieldValueRequired", "spec.containers", "Required value"));
        if (pod.Text("spec", "restartPolicy") is { } policy && !RestartPolicies.Contains(policy))
            causes.Add(("FieldValueNotSupported", "spec.restartPolicy", $"Unsupported value: \"{policy}\": supported values: \"Always\", \"Never\", \"OnFailure\""));
        if (pod.Number("spec", "activeDeadlineSeconds") is <= 0 and var seconds)
            causes.Add(("FieldValueInvalid", "spec.activeDeadlineSeconds", $"Invalid value: {seconds}: must be between 1 and 2147483647, inclusive"));
        var volumes = pod.Items("spec", "volumes").Select(volume => volume.Text("name")).ToHashSet();
        foreach (var (container, index) in containers.Select((container, index) => (container, index)))
            CheckContainer(container, $"spec.containers[{index}]", volumes, causes);
        foreach (var twice in containers.GroupBy(container => container.Text("name")).Where(same => same.Count() > 1))
            causes.Add(("FieldValueDuplicate", "spec.containers[1].name", $"Duplicate value: \"{twice.Key}\""));
        foreach (var (label, value) in pod.At("metadata", "labels") as JsonObject ?? [])
        {
            if (value.Text() is not { Length: <= 63 } text || !(text.Length == 0 || (char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1]))))
                causes.Add(("FieldValueInvalid", "metadata.labels", $"Invalid value: \"{value}\": a valid label must be an empty string or consist of alphanumeric characters ({label})"));
        }

        if (causes.Count > 0)
            throw ApiException.Invalid(ResourceKind.Pods, pod.Text("metadata", "name") ?? "", causes);
    }

    private static void CheckContainer(JsonObject container, string field, HashSet<string?> volumes, List<(string Reason, string Field, string Message)> causes)
    {
        if (string.IsNullOrEmpty(container.Text("name")))
            causes.Add(("FieldValueRequired", $"{field}.name", "Required value"));
        if (string.IsNullOrEmpty(container.Text("image")))
            causes.Add(("FieldValueRequired", $"{field}.image", "Required value"));
        foreach (var mount in container.Items("volumeMounts").Where(mount => !volumes.Contains(mount.Text("name"))))
            causes.Add(("FieldValueNotFound", $"{field}.volumeMounts[0].name", $"Not found: \"{mount.Text("name")}\""));
        foreach (var resource in (string[])["cpu", "memory", "ephemeral-storage"])
        {
            var (request, limit) = (container.Text("resources", "requests", resource), container.Text("resources", "limits", resource));
            if (limit is not null && Amount(limit) is null)
                causes.Add(("FieldValueInvalid", $"{field}.resources.limits.{resource}", $"Invalid value: \"{limit}\": quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"));
            else if (request is not null && limit is not null && Amount(request) > Amount(limit))
                causes.Add(("FieldValueInvalid", $"{field}.resources.requests", $"Invalid value: \"{request}\": must be less than or equal to {resource} limit of {limit}"));
        }
    }

    private static double? Amount(string text)
    {
        var digits = text.TrimEnd("munkKMGTPEi".ToCharArray());
        if (!double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            return null;
        return text[digits.Length..] switch
        {
            "" => number,
            "m" => number / 1000,
            "k" => number * 1e3, "M" => number * 1e6, "G" => number * 1e9, "T" => number * 1e12,
            "Ki" => number * 1024, "Mi" => number * 1024 * 1024, "Gi" => number * 1024 * 1024 * 1024, "Ti" => number * 1024 * 1024 * 1024 * 1024,
            _ => null,
        };
    }

    private static void Unknown(JsonNode? node, HashSet<string> known, string field, List<string> unknown) =>
        unknown.AddRange((node as JsonObject ?? []).Select(pair => pair.Key).Where(name => !known.Contains(name)).Select(name => $"{field}.{name}"));

    private static HashSet<string> Words(string words) => [.. words.Split(' ')];
}
