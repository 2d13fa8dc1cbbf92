using Bascule.Diagnostics;

namespace Bascule.Gateway;

/// <summary>GET /api/diagnostics: what is wrong with this gateway, as far as it can see it from here.</summary>
/// <param name="Verdict">The gravest finding; null when there is none.</param>
/// <param name="Checks">The machine and the configuration.</param>
/// <param name="NodesNotProbed">Beyond those that are probed at most.</param>
public sealed record DiagnosisDocument(
    DateTimeOffset At, bool Good, FindingEntry? Verdict, IReadOnlyList<FindingEntry> Findings, IReadOnlyList<CheckEntry> Checks, IReadOnlyList<NodeProbeDocument> Nodes, int NodesNotProbed);

/// <summary>A short probe of one node: no messages are sent.</summary>
/// <param name="WebSocket">A valid 101 came.</param>
/// <param name="Note">What was left out, and why; null when nothing was.</param>
/// <param name="Findings">Also among those of the whole.</param>
public sealed record NodeProbeDocument(string Pool, string Node, string Url, bool Good, bool WebSocket, string? Note, IReadOnlyList<FindingEntry> Findings, IReadOnlyList<StepEntry> Steps, double Seconds);
