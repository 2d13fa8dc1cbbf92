namespace Bascule.Settings;

/// <summary>Durations that only make sense together.</summary>
internal static class LifeRules
{
    internal static void Check(RuleContext context)
    {
        var heartbeat = context.Settings.Heartbeat;
        if (heartbeat.Timeout <= heartbeat.Interval && context.IsSound("heartbeat.interval"))
        {
            context.Fault("heartbeat.timeout",
                $"is not above heartbeat.interval ({DurationText.Format(heartbeat.Interval)}), so that every client would be dropped before it can answer a ping",
                $"Set three times the interval: {DurationText.Format(heartbeat.Interval * 3)}.");
        }

        var stop = context.Settings.Stop;
        var needed = stop.Pause + stop.Spread;
        if (needed > stop.Deadline && context.IsSound("stop.pause") && context.IsSound("stop.spread"))
        {
            context.Fault("stop.deadline",
                $"is shorter than stop.pause and stop.spread together ({DurationText.Format(needed)}), so that connections would be cut before their turn",
                $"Set stop.deadline to more than {DurationText.Format(needed)}, or shorten the other two.");
        }
    }
}
