using System.Globalization;
using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary>Follows one order until it is over: a line that changes on a terminal, else a line whenever its state changes.</summary>
/// <param name="quiet">Only wait.</param>
internal sealed class DrainWatch(AdminClient client, Output output, bool quiet)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    private DrainState? _shown;
    private int _width;

    internal async Task<DrainProgress> FollowAsync(DrainProgress drain, CancellationToken interruption)
    {
        try
        {
            Show(drain);
            while (!IsOver(drain))
            {
                await Task.Delay(Look, TimeProvider.System, interruption);
                drain = (await client.GetAsync($"/api/drains/{drain.Id}", interruption)).Read<DrainProgress>();
                Show(drain);
            }

            return drain;
        }
        catch (OperationCanceledException) when (interruption.IsCancellationRequested)
        {
            output.ErrorLine($"{(_width > 0 ? "\n" : "")}The order goes on. How far it is: bascule drain list. To end it: bascule drain cancel {drain.Id}");
            throw;
        }
    }

    /// <summary>How far it is, in words.</summary>
    internal static string Text(DrainProgress drain)
    {
        var counts = $"told {drain.Told}, still open {drain.Remaining}";
        return drain.State switch
        {
            DrainState.Done => $"done: told {drain.Told}",
            DrainState.Cancelled => $"cancelled: {counts}",
            DrainState.WaitingForRoom => $"waiting for room on the other nodes: {counts}",
            DrainState.Leaving => $"all told, not all gone: {counts}",
            _ => $"moving: {counts}{(drain.EstimateSeconds is { } left ? string.Create(CultureInfo.InvariantCulture, $", about {left:0} s left") : "")}",
        };
    }

    private static bool IsOver(DrainProgress drain) => drain.State is DrainState.Done or DrainState.Cancelled;

    private void Show(DrainProgress drain)
    {
        if (quiet || (!output.IsTerminal && _shown == drain.State))
            return;
        _shown = drain.State;
        if (!output.IsTerminal)
        {
            output.Line(Text(drain));
            return;
        }

        // One line that is written over: it must not wrap.
        var text = Text(drain);
        text = text[..Math.Min(text.Length, Math.Max(20, output.Terminal().Profile.Width - 1))];
        output.Standard.Write("\r" + text.PadRight(_width) + (IsOver(drain) ? output.Standard.NewLine : ""));
        _width = text.Length;
    }
}
