using System.Text;
using System.Text.Unicode;
using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Hub;

/// <summary>An ending with what the client is to hear besides.</summary>
/// <param name="ComeBackIn">When it should connect again; null: as the reason says.</param>
/// <param name="OwnWords">What the close frame says instead of the reason's own code and text.</param>
internal sealed record HubFarewell(Ending Ending, TimeSpan? ComeBackIn = null, (int Code, string Text)? OwnWords = null)
{
    /// <summary>Clients that come back at once are spread over so much.</summary>
    private static readonly TimeSpan Spread = TimeSpan.FromSeconds(1);

    /// <summary>We ask the client to leave. Other clients than ours know only that we are going away.</summary>
    private bool IsMove => Ending.Reason == EndReasons.Draining || Ending.Reason == EndReasons.Rebalancing || Ending.Reason == EndReasons.RouteRemoved;

    internal int CodeFor(bool speaksBascule) => OwnWords?.Code ?? (IsMove && !speaksBascule ? CloseCodes.GoingAway : Ending.Reason.Code);

    internal string TextFor(AttemptId attempt) =>
        OwnWords is { Text.Length: > 0 } own ? Cut(own.Text) : Ending.Reason.CloseText(attempt, Ending.Facts);

    internal Goodbye GoodbyeFor(HubTerms terms, string resumeToken)
    {
        var reason = Ending.Reason;
        var retry = reason.Retry.ToString().ToLowerInvariant();
        var after = ComeBackIn ?? TimeSpan.FromSeconds(reason.RetryAfterSeconds);
        return new Goodbye(CodeFor(speaksBascule: true), reason.Label, reason.Text, retry, after, Spread)
        {
            Reconnect = terms.Reconnect,
            Resume = resumeToken,
            Note = OwnWords?.Text,
        };
    }

    /// <summary>As much as fits into a close frame, cut between two characters.</summary>
    private static string Cut(string text)
    {
        Span<byte> utf8 = stackalloc byte[EndReason.MaxCloseTextBytes];
        Utf8.FromUtf16(text, utf8, out _, out var length);
        return Encoding.UTF8.GetString(utf8[..length]);
    }
}
