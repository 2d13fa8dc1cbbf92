using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace Bascule.Sessions.Kubernetes;

/// <summary>The calls for single pods of one namespace.</summary>
internal sealed class PodCalls(KubeClient client, string space, ILogger log)
{
    private const int MostCreations = 3;

    internal string Collection { get; } = $"api/v1/namespaces/{space}/pods";

    internal string PathOf(string name) => $"{Collection}/{name}";

    internal Task<KubeAnswer> GetAsync(string name, CancellationToken cancellation) => client.GetAsync(PathOf(name), cancellation);

    /// <summary>Creates it. When an answer was lost and the pod is there already, it is ours if it has the same secret.</summary>
    internal async Task<KubeAnswer> CreateAsync(JsonObject pod, CancellationToken cancellation)
    {
        for (var tries = 1; ; tries++)
        {
            var answer = await client.CreateAsync(Collection, pod, cancellation);
            if (answer.Error is not { } error)
                return answer;
            if (error.Reason == "AlreadyExists")
                return await AdoptAsync(pod, error, cancellation);

            // 409 without AlreadyExists: two counted the quota at the same time.
            if ((error.Status is not (0 or 409 or >= 500)) || tries == MostCreations)
                return answer;
        }
    }

    /// <summary>True when it is gone, or is going. The uid keeps a namesake alive.</summary>
    internal async Task<bool> DeleteAsync(string name, string uid, TimeSpan grace, CancellationToken cancellation)
    {
        var options = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "DeleteOptions",
            ["gracePeriodSeconds"] = (int)grace.TotalSeconds,
            ["preconditions"] = new JsonObject { ["uid"] = uid },
        };
        var answer = await client.DeleteAsync(PathOf(name), options, cancellation);
        if (answer.Error is null or { Status: 404 or 409 })
            return true;
        log.PodNotDeleted(name, answer.Error.ToString());
        return false;
    }

    /// <summary>The newest warning of Kubernetes about the pod; null when there is none, or it may not be read.</summary>
    internal async Task<string?> LastWarningAsync(string name, string uid, CancellationToken cancellation)
    {
        var answer = await client.GetAsync(
            $"api/v1/namespaces/{space}/events?limit=100&fieldSelector={Uri.EscapeDataString($"involvedObject.uid={uid},type=Warning")}", cancellation);
        if (answer.Error is { } error)
        {
            log.EventsUnread(name, error.ToString());
            return null;
        }

        return answer.Found.Items("items")
            .OrderByDescending(item => item.Text("lastTimestamp") ?? item.Text("eventTime") ?? "", StringComparer.Ordinal)
            .Select(item => item.Text("message"))
            .FirstOrDefault(message => !string.IsNullOrEmpty(message));
    }

    /// <summary>All pods of a selector.</summary>
    internal Task<KubeList> ListAsync(string selector, CancellationToken cancellation) => client.ListAsync(Collection, selector, cancellation);

    private async Task<KubeAnswer> AdoptAsync(JsonObject pod, KubeError exists, CancellationToken cancellation)
    {
        var found = await GetAsync(PodNames.NameOf(pod), cancellation);
        if (found.Found is null)
            return found;
        var isOurs = PodNames.TryRead(found.Found, out var id) && PodNames.TryRead(pod, out var wanted) && id == wanted
            && PodTemplate.SecretOf(found.Found) == PodTemplate.SecretOf(pod);
        return isOurs ? found : new KubeAnswer(null, exists);
    }
}
