using System.Net;
using System.Net.Sockets;

namespace Bascule.Diagnostics;

/// <summary>All addresses of the host, of both families.</summary>
internal static class DnsStep
{
    /// <returns>Empty when there is none.</returns>
    internal static async Task<IReadOnlyList<IPAddress>> TakeAsync(Ladder ladder, ProbeTarget target, ProbeOptions options, CancellationToken interruption)
    {
        var host = target.Url.IdnHost;
        if (IPAddress.TryParse(host.Trim('[', ']'), out var literal))
        {
            ladder.Add("dns", StepResult.Ok, TimeSpan.Zero, $"{literal} is an address already");
            return [literal];
        }

        var start = ladder.Now();
        try
        {
            var addresses = await options.Resolve(host, interruption).WaitAsync(options.Clock.StepLimit, options.Clock.Time, interruption);
            if (addresses.Length > 0)
            {
                ladder.Add("dns", StepResult.Ok, ladder.Since(start), string.Join(", ", addresses.Select(a => a.ToString())));
                return addresses;
            }

            Missing(ladder, host, start, "the name has no address");
        }
        catch (SocketException e)
        {
            Missing(ladder, host, start, e.SocketErrorCode == SocketError.TryAgain ? "the name server does not answer" : "there is no such name");
        }
        catch (ArgumentException)
        {
            Missing(ladder, host, start, "it is longer than a name may be");
        }
        catch (TimeoutException)
        {
            Missing(ladder, host, start, $"no answer within {options.Clock.StepLimit.TotalSeconds:0.#} s");
        }

        return [];
    }

    private static void Missing(Ladder ladder, string host, long start, string why) => ladder.Add("dns", StepResult.Fail, ladder.Since(start), $"{host}: {why}", Findings.Of(
        "PROBE-DNS-NONE", Severity.Error, $"{host} does not resolve: {why}.", $"A and AAAA of {host}: {why}", "Without an address there is nobody to connect to.", Findings.HiddenFault,
        "Correct the name or its record; if it is a name of a private network, probe from inside it."));
}
