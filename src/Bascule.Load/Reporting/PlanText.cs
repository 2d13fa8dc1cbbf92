using System.Globalization;

namespace Bascule.Load;

/// <summary>What was planned, in one line of words.</summary>
internal static class PlanText
{
    internal static string Of(LoadPlan plan)
    {
        var ramp = plan.Ramp is { } rate ? $"at {Plain(rate)}/s" : $"as fast as {Readable.Count(plan.InFlight)} handshakes at once allow";
        return $"{Name(plan.Mode)}, {Readable.Things(plan.Connections, "connection")} {ramp}, hold {Plain(plan.Hold.TotalSeconds)} s{Sending(plan)}";
    }

    /// <summary><c>slow-reader</c>: as the option writes it.</summary>
    internal static string Name(LoadMode mode) => mode == LoadMode.SlowReader ? "slow-reader" : mode.ToString().ToLowerInvariant();

    private static string Sending(LoadPlan plan)
    {
        if (plan.Mode != LoadMode.Echo)
            return "";
        return plan.Rate switch
        {
            null => $", messages of {plan.Size} bytes one after the other",
            < 1 and > 0 and { } rate => $", a message of {plan.Size} bytes every {Plain(1 / rate)} s on each",
            { } rate => $", messages of {plan.Size} bytes at {Plain(rate)}/s on each",
        };
    }

    /// <summary>As somebody typed it, not as something measured: 10, not 10.0.</summary>
    private static string Plain(double value) => value.ToString("#,##0.###", CultureInfo.InvariantCulture);
}
