using Bascule.Model;
using Bascule.Sessions;

namespace Bascule.Gateway;

/// <summary>What the endings of sessions are to their clients.</summary>
internal static class SessionEndingsOf
{
    // After the exit frame: contract/terminal.md.
    private const int Good = 1000;

    internal static Ending Over(SessionRecord record)
    {
        var end = record.End!;
        var how = end.ExitCode is { } code ? $"it exited with {code}" : end.Signal is { } signal ? $"{signal} ended it" : end.Text.TrimEnd('.');
        var fact = end.ExitCode is { } number ? $"; code={number}" : end.Signal is { } name ? $"; signal={name}" : "";
        return new Ending(EndReasons.SessionOver, $"{end.Ending}: {how}. {SessionEndings.Of(end.Ending).Advice}", $"ending={end.Ending}{fact}");
    }

    internal static Ending StillStarting(string progress) => new(EndReasons.SessionStarting, progress.Length == 0 ? "nothing was heard of it yet" : progress);

    /// <summary>A connection that its host closed: by the label that the reason begins with.</summary>
    /// <param name="said">What this gateway said in the place of a host that is not there.</param>
    internal static Ending Connection(ConnectionEnd end, Ending? said = null)
    {
        if (end.Ending.Reason != EndReasons.BackendClosed)
            return end.Ending;
        var label = end.CloseReason.Split(';')[0];
        if (said is { } ours && ours.Reason.Label == label)
            return ours;
        if (end.CloseCode == Good)
            return new Ending(EndReasons.SessionEnded, label.Length == 0 ? null : label);
        return EndReasons.All.FirstOrDefault(r => r.Label == label && r.Code == end.CloseCode) is { } reason ? new Ending(reason, "the host of the session said so") : end.Ending;
    }
}
