using System.Text;
using System.Text.Unicode;
using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Relay;

/// <summary>An ending with what the client is to hear besides.</summary>
/// <param name="ComeBackIn">When it should connect again.</param>
/// <param name="Note">For a person.</param>
/// <param name="OwnWords">What an operator wants the close frame to say.</param>
internal sealed record Farewell(Ending Ending, TimeSpan? ComeBackIn = null, string? Note = null, (int Code, string Reason)? OwnWords = null)
{
    /// <summary>We ask the client to leave: our SDKs get a goodbye first.</summary>
    internal bool HasGoodbye => IsMove || Ending.Reason == EndReasons.ClosedByOperator;

    /// <summary>Other clients know only that we are going away.</summary>
    private bool IsMove => Ending.Reason == EndReasons.Draining || Ending.Reason == EndReasons.Rebalancing || Ending.Reason == EndReasons.RouteRemoved;

    internal int CodeFor(bool speaksBascule) => OwnWords?.Code ?? (IsMove && !speaksBascule ? CloseCodes.GoingAway : Ending.Reason.Code);

    internal string TextFor(AttemptId attempt) =>
        OwnWords is { Reason.Length: > 0 } own ? Cut(own.Reason) : Ending.Reason.CloseText(attempt, Ending.Facts);

    /// <summary>As much as fits into a close frame, cut between two characters.</summary>
    private static string Cut(string text)
    {
        Span<byte> utf8 = stackalloc byte[EndReason.MaxCloseTextBytes];
        Utf8.FromUtf16(text, utf8, out _, out var length);
        return Encoding.UTF8.GetString(utf8[..length]);
    }
}
