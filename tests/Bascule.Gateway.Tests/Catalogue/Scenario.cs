using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>How a client learns of an ending.</summary>
internal enum Told
{
    /// <summary>Always as plain HTTP: there is no proper request for a WebSocket to answer.</summary>
    ByHttp,

    /// <summary>As the route's refusal mode says.</summary>
    ByMode,

    /// <summary>As the route's refusal mode says, but automatically always as plain HTTP.</summary>
    ByCheapestMode,

    /// <summary>The same, but there is no route that has a mode.</summary>
    ByDefaultMode,

    /// <summary>By a close frame of the gateway.</summary>
    ByClose,

    /// <summary>By the close frame of the side that closed, passed on.</summary>
    ByOtherSide,

    /// <summary>It is gone.</summary>
    NotAtAll,
}

/// <summary>One way to bring an ending about, from outside.</summary>
/// <param name="Facts">What the close text has after the label, where it has anything.</param>
internal sealed record Scenario(EndReason Reason, Told Told, Func<ScenarioRun, Task> DriveAsync, string? Facts = null)
{
    /// <summary>By label, so that a row without one is noticed.</summary>
    internal static IReadOnlyDictionary<string, Scenario> All { get; } =
        HandshakeScenarios.All.Concat(TokenScenarios.All).Concat(AdmissionScenarios.All).Concat(PlaceScenarios.All).Concat(BackendScenarios.All)
            .Concat(LifeScenarios.All).Concat(OrderScenarios.All).Concat(HubScenarios.All).Concat(SessionScenarios.All)
            .ToDictionary(s => s.Reason.Label, StringComparer.Ordinal);
}

/// <summary>Which part of the gateway takes the client.</summary>
public enum Listener
{
    /// <summary>The gateway's own, on a bare socket.</summary>
    Sockets,

    /// <summary>Kestrel, which gets what the other one does not understand at once.</summary>
    Kestrel,
}

/// <summary>How clients are refused in a run, whether this one is a browser, and who takes it.</summary>
internal sealed record Manner(RefusalMode Mode, bool Browser, Listener Listener = Listener.Sockets)
{

    /// <summary>Whether this manner tells such an ending by a close frame.</summary>
    internal bool TellsByClose(Told told) => told switch
    {
        Told.ByMode => Mode == RefusalMode.Close || (Mode == RefusalMode.Auto && Browser),
        Told.ByCheapestMode => Mode == RefusalMode.Close,
        Told.ByDefaultMode => Browser,
        Told.ByClose => true,
        _ => false,
    };
}
