namespace Bascule.Settings;

/// <summary>A Service of Kubernetes, by the name that the cluster's DNS has for it.</summary>
public sealed record ServiceName(string Service, string Space)
{
    private static readonly string[] Suffixes = ["", "svc", "svc.cluster.local"];

    /// <summary>Of <c>chat.games</c>, <c>chat.games.svc</c> and <c>chat.games.svc.cluster.local</c>; null where no namespace is said, or more than that.</summary>
    public static ServiceName? Of(string host) =>
        host.TrimEnd('.').Split('.', 3) is [{ Length: > 0 } service, { Length: > 0 } space, .. var rest] && Suffixes.Contains(rest is [var suffix] ? suffix : "", StringComparer.OrdinalIgnoreCase)
            ? new ServiceName(service, space)
            : null;
}
