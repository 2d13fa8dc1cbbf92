using System.Globalization;

namespace Bascule.Load;

/// <summary>What was planned, in one line of words.</summary>
internal static class PlanText
{
    internal static string Of(LoadPlan plan)
    {
        var ramp = plan.Ramp is { } rate ? $"at {Readable.PerSecond(rate)}" : $"as fast as {Readable.Count(plan.InFlight)} handshakes at once allow";
        return $"{Name(plan.Mode)}, {Readable.Things(plan.Connections, "connection")} {ramp}, hold {Readable.Seconds(plan.Hold)}{Sending(plan)}";
    }

    /// <summary><c>slow-reader</c>: as the option writes it.</summary>
    internal static string Name(LoadMode mode) => mode == LoadMode.SlowReader ? "slow-reader" : mode.ToString().ToLowerInvariant();

    private static string Sending(LoadPlan plan)
    {
        if (plan.Mode is LoadMode.Idle or LoadMode.Receive or LoadMode.SlowReader)
            return "";
        return plan.Rate switch
        {
            null => string.Create(CultureInfo.InvariantCulture, $", messages of {plan.Size} bytes one after the other"),
            < 1 and > 0 and { } rate => string.Create(CultureInfo.InvariantCulture, $", a message of {plan.Size} bytes every {Readable.Nanoseconds(1e9 / rate)} on each"),
            { } rate => string.Create(CultureInfo.InvariantCulture, $", messages of {plan.Size} bytes at {Readable.PerSecond(rate)} on each"),
        };
    }
}
