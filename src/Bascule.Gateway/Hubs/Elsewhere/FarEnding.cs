using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>Why a connection ended that a shard on another machine served: all that is known is its close frame.</summary>
internal static class FarEnding
{
    // Clients that do not speak bascule.v1 get it instead of 46xx.
    private const int GoingAway = 1001;

    // Codes below are shared, or not ours.
    private const int FirstOfOurs = 4600;

    /// <summary>The shard's own reason, when the text of the frame begins with the name of one, or only one has the code. Else as of any back end.</summary>
    internal static Ending Of(ConnectionEnd end)
    {
        if (end.Ending.Reason != EndReasons.BackendClosed)
            return end.Ending;
        var label = end.CloseReason.Split(';')[0];
        var reason = EndReasons.All.FirstOrDefault(r => r.Label == label && (r.Code == end.CloseCode || end.CloseCode == GoingAway)) ?? OnlyOne(end.CloseCode);
        return reason is null ? end.Ending : new Ending(reason, $"the shard closed {end.Ending.Detail}");
    }

    private static EndReason? OnlyOne(int code) =>
        code >= FirstOfOurs && EndReasons.All.Where(reason => reason.Code == code).ToList() is [var only] ? only : null;
}
