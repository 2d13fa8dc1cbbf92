using Bascule.Sessions;
using Bascule.Sessions.Kubernetes;
using Bascule.Settings;
using Bascule.Terminal;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>Makes the runner that the settings name.</summary>
internal static class SessionRunners
{
    /// <summary>Below the data folder: what this gateway shares with its session host.</summary>
    internal const string FolderName = "sessions";

    /// <exception cref="IOException">There is no way to the cluster: the text says what was looked for.</exception>
    internal static ISessionRunner Make(SessionSettings settings, string dataFolder, SessionKeys keys, ILoggerFactory logs, TimeProvider time) =>
        settings.Runner == SessionRunnerKind.Kubernetes ? Kubernetes(settings, dataFolder, logs, time) : Processes(settings, dataFolder, keys, logs, time);

    private static ProcessRunner Processes(SessionSettings settings, string dataFolder, SessionKeys keys, ILoggerFactory logs, TimeProvider time)
    {
        var folder = Path.Combine(dataFolder, FolderName);
        var host = new DetachedHost(settings, folder, Path.Combine(dataFolder, settings.Recordings));
        var setup = new HostSetup
        {
            Folder = folder,
            Start = host.RunAsync,
            KillLeftovers = id => Leftovers.KillOfHost(id),
            Note = (id, path) => NoteOf(id, path, keys, time),
            Advertise = url => settings.Process.Advertise is { Length: > 0 } name ? new UriBuilder(url) { Host = name }.Uri : url,
        };
        return new ProcessRunner(setup, time, logs.CreateLogger<ProcessRunner>());
    }

    private static KubernetesRunner Kubernetes(SessionSettings settings, string dataFolder, ILoggerFactory logs, TimeProvider time)
    {
        var options = SessionTerms.KubernetesOf(settings.Kubernetes) with { Recordings = Path.Combine(dataFolder, settings.Recordings) };
        return new KubernetesRunner(options, KubeAccess.Find(options, Environment.GetEnvironmentVariable, time), logs.CreateLogger<KubernetesRunner>(), time);
    }

    /// <summary>By which a gateway itself asks the host of another one.</summary>
    private static string NoteOf(SessionId id, string path, SessionKeys keys, TimeProvider time)
    {
        using var seal = new TerminalSeal(keys.OfSession(id.ToString()), time);
        return seal.Seal(new TerminalTerms(id.ToString(), null, TerminalTerms.Write, "", null, null), path);
    }
}
