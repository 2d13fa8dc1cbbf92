using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Bascule.Sessions.Kubernetes;

/// <summary>What our pods are called, and the labels and annotations by which they are known.</summary>
internal static class PodNames
{
    internal const string Container = "session";

    internal const string ManagedBy = "app.kubernetes.io/managed-by";
    internal const string Us = "bascule";
    internal const string Gateway = "bascule.io/gateway";
    internal const string Session = "bascule.io/session";
    internal const string Tenant = "bascule.io/tenant";
    internal const string OwnerHash = "bascule.io/owner-hash";
    internal const string Expires = "bascule.io/expires-at";

    internal const string SessionVariable = "BASCULE_SESSION_ID";
    internal const string SecretVariable = "BASCULE_AGENT_SECRET";

    internal const string DiagnosticsVariable = "DOTNET_EnableDiagnostics";

    /// <summary>Of a pod without an agent: the path of its exec.</summary>
    internal const string Exec = "bascule.io/exec";

    private const string Prefix = "bascule-";

    // Longest value of a label (Kubernetes, labels).
    private const int LongestLabel = 63;

    internal static string Of(SessionId id) => Prefix + id;

    /// <summary>For <c>labelSelector</c>: the pods of one installation.</summary>
    internal static string Selector(string gateway) => $"labelSelector={Uri.EscapeDataString($"{ManagedBy}={Us},{Gateway}={Label(gateway)}")}";

    /// <summary>False for a pod that is not ours, whatever its labels.</summary>
    internal static bool TryRead(JsonObject pod, out SessionId id) => SessionId.TryParse(pod.Text("metadata", "labels", Session), out id);

    internal static string NameOf(JsonNode pod) => pod.Text("metadata", "name") ?? "";

    internal static string UidOf(JsonNode pod) => pod.Text("metadata", "uid") ?? "";

    internal static DateTimeOffset? ExpiryOf(JsonNode pod) => Time(pod.Text("metadata", "annotations", Expires));

    internal static DateTimeOffset? CreationOf(JsonNode pod) => Time(pod.Text("metadata", "creationTimestamp"));

    /// <summary>Tells users apart without naming them.</summary>
    internal static string Hash(string owner) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(owner)).AsSpan(0, 8));

    /// <summary>The text itself where it may be the value of a label, else its hash.</summary>
    internal static string Label(string text) =>
        text.Length is > 0 and <= LongestLabel && char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1])
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? text
            : Hash(text);

    private static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;
}
