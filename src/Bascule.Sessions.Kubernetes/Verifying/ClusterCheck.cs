using Bascule.Diagnostics;

namespace Bascule.Sessions.Kubernetes;

/// <summary>Looks at a cluster from here, step by step: what sessions as pods need, and whether it is so. Changes nothing.</summary>
public static class ClusterCheck
{
    private static readonly string[] AfterAccess = ["identity", "token", "namespace", "rights", "gateway-pods", "session-pods", "service", "endpoints", "path-to-pod", "network-policy", "quota"];

    /// <param name="environment">Of the process: credentials of a pod, or where the kubeconfig is.</param>
    public static async Task<CheckReport> RunAsync(ClusterQuestion question, Func<string, string?> environment, TimeProvider time, CancellationToken cancellation)
    {
        KubeAccess access;
        try
        {
            access = KubeAccess.Find(new KubernetesOptions { Kubeconfig = question.Kubeconfig, Context = question.Context }, environment, time);
        }
        catch (KubeAccessException fault)
        {
            var none = new CheckSteps(time);
            none.Found("credentials", fault.Kubeconfig is null ? AccessVerdicts.NoCredentials(fault.Message) : AccessVerdicts.BadKubeconfig(fault));
            SkipRest(none, "there are no credentials", ["api-server", "tls", .. AfterAccess]);
            return none.Report with { IsReachable = false };
        }

        var isInside = question.Kubeconfig is null && InCluster.IsHere(environment);
        return await RunAsync(question with { Gateways = question.Gateways ?? (isInside ? access.Namespace : "bascule") }, access, isInside, time, cancellation);
    }

    /// <param name="access">The way to the API server.</param>
    /// <param name="isInside">This is a pod of that cluster: what its network lets through can be told.</param>
    internal static async Task<CheckReport> RunAsync(ClusterQuestion question, KubeAccess access, bool isInside, TimeProvider time, CancellationToken cancellation)
    {
        var steps = new CheckSteps(time, new SentToken(access));
        using var client = new KubeClient(access, time);
        steps.Good("credentials", $"{access.Source}, for {access.Server}");

        // 1. The way to the API server, and who we are there. Without it nothing else can be told.
        if (!await AccessSteps.ReachAsync(steps, client, access, cancellation))
        {
            SkipRest(steps, "the API server cannot be asked", AfterAccess);
            return steps.Report with { IsReachable = false };
        }

        if (!await AccessSteps.IdentifyAsync(steps, client, access, time, cancellation))
        {
            SkipRest(steps, "the API server does not know these credentials", AfterAccess.Skip(2));
            return steps.Report;
        }

        // 2. What we may.
        await NamespaceStep.RunAsync(steps, client, question, cancellation);
        var refusal = await RightSteps.RunAsync(steps, client, question, cancellation);

        // 3. What is there, and whether it fits together.
        var gateways = await PodSteps.GatewaysAsync(steps, client, question, cancellation);
        var sessions = await PodSteps.SessionsAsync(steps, client, question, cancellation);
        await ServiceSteps.RunAsync(steps, client, question, gateways, cancellation);
        await PathStep.RunAsync(steps, question, gateways, sessions, isInside, time, cancellation);

        // 4. What bounds the sessions.
        await PolicyStep.RunAsync(steps, client, question, cancellation);
        await QuotaStep.RunAsync(steps, client, question, cancellation);
        if (refusal is null)
            return steps.Report;

        // 5. Where not even the rights are told, what was skipped must not pass for good.
        steps.Found("rights", AccessVerdicts.NotChecked(refusal, steps.Refused));
        return steps.Report with { IsReachable = false };
    }

    private static void SkipRest(CheckSteps steps, string why, IEnumerable<string> ids)
    {
        foreach (var id in ids)
            steps.Skip(id, why);
    }
}
