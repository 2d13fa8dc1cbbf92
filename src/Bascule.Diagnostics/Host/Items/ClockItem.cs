namespace Bascule.Diagnostics;

/// <summary>Whether somebody sets the clock: nothing here asks the network, so how wrong it is stays unknown.</summary>
internal static class ClockItem
{
    private const string Id = "clock";

    internal static async Task<HostItem> TakeAsync(HostTree tree, HostCheckOptions options, CancellationToken cancellation)
    {
        // Written by systemd-timesyncd when it has the time.
        if (tree.Exists("run/systemd/timesync/synchronized"))
            return Good("systemd-timesyncd has set it");
        var chrony = await options.Ask("chronyc", ["-n", "tracking"], cancellation);
        if (chrony.Text?.Split('\n').FirstOrDefault(l => l.StartsWith("Leap status", StringComparison.Ordinal)) is { } leap)
            return leap.Contains("Not synchronised", StringComparison.Ordinal) ? Bad("chrony: not synchronised") : Good($"chrony: {leap[(leap.IndexOf(':') + 1)..].Trim()}");
        var kernel = await options.Ask("timedatectl", ["show", "-p", "NTPSynchronized", "--value"], cancellation);
        return kernel.Text?.Trim() switch
        {
            "yes" => Good("the kernel says that it is synchronised"),
            "no" => Bad("the kernel says that nobody has synchronised it (NTPSynchronized=no)"),
            _ => HostItem.Skip(Id, $"nothing here knows whether the clock is right ({kernel.Problem ?? "timedatectl says nothing"})"),
        };
    }

    private static HostItem Good(string seen) => HostItem.Of(Id, "clock", seen);

    private static HostItem Bad(string seen) => HostItem.Of(Id, "clock", seen, new(
        "HOST-CLOCK", Severity.Warning, "Nobody sets the clock of this machine.", seen, "Tokens and certificates hold from one time to another, and two machines with different times disagree about them.",
        "Tokens are refused as expired or not valid yet, for all clients or on one machine only; TLS fails with dates.", "timedatectl set-ntp true, or install chrony: apt-get install chrony. In a virtual machine that was paused: chronyc makestep.",
        "https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4"));
}
