namespace Bascule.Cli;

/// <summary>One run of the monitor: on a screen, as plain lines, or once.</summary>
internal sealed class TopRun(Surroundings surroundings, TopSettings settings, bool once, bool asJson, TimeProvider time)
{
    /// <exception cref="AdminFault">It says no; or it cannot be asked, and once was all that was wanted.</exception>
    internal async Task<int> RunAsync(ITopSource source, GatewaySource? gateway, CancellationToken interruption)
    {
        var model = new TopModel(source, once ? settings with { Every = TimeSpan.Zero } : settings, time);
        var lines = new TopLines(model, surroundings.Output, time);
        if (once)
        {
            await lines.OnceAsync(asJson, interruption);
            return ExitCodes.Good;
        }

        var isScreen = surroundings.Output.IsTerminal && surroundings.Screen is not null;
        try
        {
            if (isScreen)
                await ShowAsync(model, gateway, surroundings.Screen!, interruption);
            else
                await lines.FollowAsync(interruption);
        }
        catch (OperationCanceledException) when (interruption.IsCancellationRequested && (isScreen || model.Known.Latest is null))
        {
            // Ctrl-C is how people leave a monitor. A script that reads lines was interrupted, and is told so by the exit code.
        }

        if (model.Known.Latest is not null)
            return ExitCodes.Good;
        surroundings.Output.ErrorLine(model.Known.Fault ?? $"{source.Name} has not answered.");
        return ExitCodes.Unreachable;
    }

    private async Task ShowAsync(TopModel model, GatewaySource? gateway, IScreenDevice device, CancellationToken interruption)
    {
        await using var screen = Screen.Open(device, surroundings.Output.IsColored, time);
        await new TopLoop(model, screen, gateway, time).RunAsync(interruption);
    }
}
