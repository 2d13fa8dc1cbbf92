namespace Bascule.Diagnostics;

/// <summary>All cases of <c>--through</c>, by area.</summary>
public static class ThroughCases
{
    private static readonly IReadOnlyList<(ConformArea Area, IEnumerable<ThroughCase> Cases)> Areas =
    [
        (new ConformArea("target", "Path and query on their way to the back end"), ThroughTargetCases.All),
        (new ConformArea("request", "Fields of the upgrade on their way to the back end"), ThroughRequestCases.All),
        (new ConformArea("answer", "The 101 on its way to the client"), ThroughAnswerCases.All),
        (new ConformArea("refusal", "A back end that says no, or nothing sensible"), ServedAfter(ThroughRefusalCases.All)),
        (new ConformArea("data", "Messages"), ThroughDataCases.All),
        (new ConformArea("fault", "Frames that break a rule"), ServedAfter(ThroughFaultCases.All)),
        (new ConformArea("control", "Pings and pongs"), ThroughControlCases.All),
        (new ConformArea("close", "The close handshake"), ThroughCloseCases.All),
        (new ConformArea("loss", "An end that dies"), ServedAfter(ThroughLossCases.All)),
        (new ConformArea("pressure", "A reader that does not read"), ThroughPressureCases.All),
        (new ConformArea("many", "Several connections, and none"), ThroughManyCases.All),
    ];

    /// <summary>Good connections behind each case that looks like a fault of the back end. Two: gateways that eject one do so at half of its connections, or at several in a row.</summary>
    private const int ServedBehindFault = 2;

    /// <summary>Every case, to be chosen from; they are played by <see cref="ThroughRun"/>.</summary>
    public static IReadOnlyList<ConformCase> All { get; } = For(door: null);

    /// <summary>The same cases, playable before this door.</summary>
    internal static IReadOnlyList<ConformCase> For(BackendDoor? door) =>
    [
        .. from area in Areas
           from played in area.Cases
           select new ConformCase(played.Id, area.Area, played.Title, played.Source, (front, interruption) => door is null
               ? throw new InvalidOperationException("A case of --through is played by ThroughRun.")
               : played.Play(new ThroughStage(front, door), interruption)),
    ];

    private static IEnumerable<ThroughCase> ServedAfter(IEnumerable<ThroughCase> cases) => cases.Select(faulty => faulty with
    {
        Play = async (stage, interruption) =>
        {
            var seen = await faulty.Play(stage, interruption);
            for (var i = 0; i < ServedBehindFault; i++)
                await stage.ServeOnceAsync(interruption);
            return seen;
        },
    });
}
