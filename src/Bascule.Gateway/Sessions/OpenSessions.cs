using Bascule.Sessions;
using Bascule.Sessions.Kubernetes;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>The sessions of a gateway that has them: all that whoever serves a client of theirs needs.</summary>
internal sealed class OpenSessions(SessionSettings settings, SessionDesk desk, SessionRules rules, SessionKeys keys, SessionAudit audit, TimeProvider time) : IDisposable
{
    internal SessionSettings Settings => settings;

    internal SessionDesk Desk => desk;

    internal SessionRules Rules => rules;

    internal SessionKeys Keys => keys;

    internal SessionAudit Audit => audit;

    internal SessionLinks Links { get; } = new(keys, time);

    internal SessionAccess Access { get; } = new(desk, rules, new SessionLinks(keys, time), audit);

    /// <summary>For pods without an agent; null where sessions are processes.</summary>
    internal KubernetesRunner? Kubernetes { get; init; }

    internal HostQuestions Hosts { get; } = new(keys, time);

    public void Dispose() => Hosts.Dispose();
}
