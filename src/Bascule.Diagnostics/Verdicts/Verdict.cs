namespace Bascule.Diagnostics;

/// <summary>What is wrong, in words that need no other document.</summary>
/// <param name="RuleId">Stable, never used again for something else: <c>PROBE-403-ENVOY</c>.</param>
/// <param name="Headline">One line that names the guilty one.</param>
/// <param name="Seen">The evidence, without secrets.</param>
/// <param name="Why">Why that breaks.</param>
/// <param name="Symptom">What a client, a browser most of all, will observe.</param>
/// <param name="Fix">What to do.</param>
/// <param name="Source">Where the fact behind it is written: addresses, or how it was measured. Empty when what was seen needs no fact.</param>
public sealed record Verdict(string RuleId, Severity Severity, string Headline, string Seen, string Why, string Symptom, string Fix, string Source);
