using Bascule.Admission;
using Bascule.Sessions;
using Bascule.Sessions.Kubernetes;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>What the settings say of sessions, in the words of those who run them.</summary>
internal static class SessionTerms
{
    internal static SessionRules RulesOf(SessionSettings settings)
    {
        var rate = Rate.Of(settings.Quota.CreationRate);
        return new SessionRules
        {
            Profiles = settings.Profiles.ToDictionary(p => p.Key, p => ProfileOf(p.Key, p.Value, settings), StringComparer.Ordinal),
            Quota = new SessionQuota(settings.Quota.PerUser, settings.Quota.PerTenant),
            CreationBurst = rate.Burst,
            CreationInterval = rate.Per / rate.Count,
            Idle = OrNever(settings.Idle) ?? settings.MaximumLife,
            MaximumLife = settings.MaximumLife,
            DetachGrace = OrNever(settings.DetachGrace),
            // A pod may take as long as its own limit; then what waits for it hears why, before this is over.
            StartLimit = settings.Runner == SessionRunnerKind.Kubernetes ? settings.Kubernetes.PodStart + TimeSpan.FromSeconds(15) : new SessionRules().StartLimit,
            KeepEnded = settings.KeepEnded,
            Hold = settings.Hold,
            Viewers = settings.Viewers,
            ScrollbackBytes = settings.Scrollback,
        };
    }

    internal static KubernetesOptions KubernetesOf(SessionKubernetesSettings settings)
    {
        PodOwner? owner = null;
        if (settings.Owner is { } text && !PodOwner.TryParse(text, out owner))
            throw new IOException($"sessions.kubernetes.owner is \"{text}\", which names no object that could own pods. Write deployments/NAME or configmaps/NAME.");
        return new KubernetesOptions
        {
            Namespace = settings.Namespace,
            ApiServer = settings.ApiServer is { } url ? new Uri(url) : null,
            Kubeconfig = settings.Kubeconfig,
            Context = settings.Context,
            Image = settings.Image,
            ImagePullPolicy = settings.ImagePullPolicy,
            ImagePullSecrets = settings.ImagePullSecrets,
            ServiceAccount = settings.ServiceAccount,
            Owner = owner,
            Gateway = settings.Gateway,
            Labels = settings.Labels,
            NodeSelector = settings.NodeSelector,
            Cpu = settings.Cpu,
            Memory = settings.Memory,
            EphemeralStorage = settings.EphemeralStorage,
            RunAsUser = settings.RunAsUser,
            UserNamespace = settings.UserNamespace,
            PodStart = settings.PodStart,
            LegacyExec = settings.LegacyExec,
        };
    }

    private static SessionProfile ProfileOf(string name, SessionProfileSettings settings, SessionSettings all) => new()
    {
        Name = name,
        Command = settings.Command,
        Prefix = settings.Prefix,
        Allow = settings.Allow,
        Roles = settings.Roles,
        Tty = settings.Tty,
        Environment = settings.Environment,
        WorkingDirectory = settings.WorkingDirectory,
        Idle = settings.Idle is { } idle ? OrNever(idle) ?? settings.MaximumLife ?? all.MaximumLife : null,
        MaximumLife = settings.MaximumLife,
        Deadline = settings.Deadline,
        OutputCap = settings.OutputCap,
        Recording = settings.Recording.ToString().ToLowerInvariant(),
        Image = settings.Image,
        Limits = new SessionLimits(settings.Limits.Memory, settings.Limits.CpuSeconds, settings.Limits.Processes, settings.Limits.OpenFiles),
    };

    /// <summary>What is switched off.</summary>
    private static TimeSpan? OrNever(TimeSpan time) => time == TimeSpan.Zero ? null : time;
}
