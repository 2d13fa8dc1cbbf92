using System.Text.Unicode;
using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>Frames that no client may take.</summary>
internal static class BrokenFrames
{
    /// <returns>The rule that what was heard breaks; null for none.</returns>
    internal static string? RuleOf(Heard heard, Ladder ladder) => heard.BrokenRule ?? NotText(heard.Said, ladder);

    /// <param name="when">The words that begin the headline.</param>
    internal static Verdict Verdict(string rule, string when, string symptom) => Findings.Of(
        "PROBE-FRAMES", Severity.Error, $"{when} the server does not speak WebSocket properly: {rule}.", rule, "Clients must end a connection on such a frame.", symptom,
        rule.Contains("UTF-8", StringComparison.Ordinal) ? "Send text as UTF-8, and bytes that are no text as binary messages." : "Let a WebSocket library write the frames; bascule conform shows every rule that is broken.");

    /// <summary>What a browser checks of a text, and what ends the connection there (RFC 6455 §8.1).</summary>
    private static string? NotText(Said? said, Ladder ladder)
    {
        const int shown = 32;
        if (said is not { Opcode: (int)Opcode.Text } || Utf8.IsValid(said.Payload))
            return null;
        var hex = ladder.Masked(Convert.ToHexStringLower(said.Payload));
        return $"the server sent a text that is not UTF-8 (§8.1): {said}, {(hex.Length <= shown ? hex : $"{hex.AsSpan(0, shown)}…")} in hex";
    }
}
