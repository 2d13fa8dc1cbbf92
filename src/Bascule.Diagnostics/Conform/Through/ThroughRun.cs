using System.Net;
using System.Net.Sockets;

namespace Bascule.Diagnostics;

/// <summary>Examines what stands between a client and a back end: we are both.</summary>
/// <param name="target">The URL of what is examined.</param>
/// <param name="listen">Where it looks for its back end: we listen there.</param>
public sealed class ThroughRun(ConformTarget target, IPEndPoint listen, PeerClock clock)
{
    /// <summary>Plays cases one after the other: some of them stop the world for the others.</summary>
    /// <param name="chosen">Ids of cases, from <see cref="ThroughCases.All"/>.</param>
    /// <exception cref="CaseBrokenException">We cannot listen there, or nothing comes through.</exception>
    public async Task<ConformReport> RunAsync(IReadOnlySet<string> chosen, Action<CaseResult>? onResult, CancellationToken interruption)
    {
        await using var door = new BackendDoor(listen, clock);
        try
        {
            door.Open();
        }
        catch (SocketException e)
        {
            throw new CaseBrokenException($"Nobody can listen at {listen}: {e.Message}. Give an address of this machine and a port that is free.", e);
        }

        var front = new ConformStage(target, clock, ServerFacts.Unknown);
        var server = await FirstLookAsync(new ThroughStage(front, door), interruption);
        var run = new ConformRun(front with { Facts = front.Facts with { Server = server } }) { Parallel = 1 };
        return await run.RunAsync([.. ThroughCases.For(door).Where(c => chosen.Contains(c.Id))], onResult, interruption);
    }

    /// <summary>One connection, so that a wrong configuration is told once and not by every case.</summary>
    /// <returns>The field <c>Server</c> of the answer, which is not ours.</returns>
    private static async Task<string?> FirstLookAsync(ThroughStage stage, CancellationToken interruption)
    {
        await using var attempt = await stage.AttemptAsync(stage.Front.Upgrade(), interruption);
        if (attempt.Call is null)
            throw new CaseBrokenException(
                $"{stage.Front.Target.Url} answered {await attempt.Answer}, and no upgrade came to http://{stage.Door.Address}. Make that address the only back end of the route, and give it a token with --header if it wants one.");
        var answer = await attempt.AcceptAsync(interruption);
        if (answer.Head is not { Status: 101 } head)
            throw new CaseBrokenException($"The back end answered 101, but the client got {answer}: upgrades do not pass. Look whether {stage.Front.Target.Url} passes Upgrade and Connection on");
        await using var pair = attempt.ToPair(stage.Clock);
        await pair.LeaveAsync(interruption);
        return head.Headers.First("Server");
    }
}
