using System.CommandLine;
using Bascule.Diagnostics;
using Bascule.Sessions.Kubernetes;

namespace Bascule.Cli;

/// <summary><c>bascule doctor --cluster</c>: what sessions as pods need of a Kubernetes cluster, and whether it is so.</summary>
internal sealed class ClusterDoctor
{
    private static readonly ClusterQuestion Usual = new();

    private readonly Option<bool> _cluster = new("--cluster") { Description = "Look at the Kubernetes cluster of the sessions: rights, pods, Service, the way to a pod, policies, quota. Changes nothing." };
    private readonly Option<string> _sessions = new("--namespace") { Description = "Namespace of the pods of sessions.", HelpName = "N", DefaultValueFactory = _ => Usual.Sessions };
    private readonly Option<string?> _gateways = new("--gateway-namespace") { Description = "Namespace of the gateways. Without it: that of this pod, or bascule.", HelpName = "N" };
    private readonly Option<string> _service = new("--service") { Description = "The Service of the gateways.", HelpName = "NAME", DefaultValueFactory = _ => Usual.Service };
    private readonly Option<string?> _kubeconfig = new("--kubeconfig") { Description = "The way to the cluster. Without it: the account of this pod, or what kubectl would take.", HelpName = "FILE" };
    private readonly Option<bool> _legacy = new("--legacy-exec") { Description = "The pods have no agent (sessions.kubernetes.legacyExec)." };

    internal void AddTo(Command command)
    {
        foreach (var option in (Option[])[_cluster, .. Details])
            command.Options.Add(option);
    }

    /// <returns>The name of an option that says nothing without --cluster; null where there is none.</returns>
    internal string? Given(ParseResult parse) => Details.FirstOrDefault(option => parse.GetResult(option) is { Implicit: false })?.Name;

    private Option[] Details => [_sessions, _gateways, _service, _kubeconfig, _legacy];

    internal bool IsWanted(ParseResult parse) => parse.GetValue(_cluster);

    internal Task<CheckReport> LookAsync(ParseResult parse, Surroundings surroundings, CancellationToken interruption) => LookAsync(
        new ClusterQuestion
        {
            Sessions = parse.GetValue(_sessions)!,
            Gateways = parse.GetValue(_gateways),
            Service = parse.GetValue(_service)!,
            Kubeconfig = parse.GetValue(_kubeconfig) is { } file ? Path.GetFullPath(file, surroundings.WorkingDirectory) : null,
            LegacyExec = parse.GetValue(_legacy),
        },
        surroundings,
        interruption);

    internal static Task<CheckReport> LookAsync(ClusterQuestion question, Surroundings surroundings, CancellationToken interruption) =>
        ClusterCheck.RunAsync(question, name => surroundings.Environment.GetValueOrDefault(name), TimeProvider.System, interruption);
}
