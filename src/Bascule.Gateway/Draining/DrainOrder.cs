using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>What is to be moved, how fast, and what the clients are told.</summary>
/// <param name="What">For people: <c>node 127.0.0.1:8001 of pool kb</c>.</param>
/// <param name="Reason">Draining, Rebalancing, ClosedByOperator or RouteRemoved.</param>
/// <param name="RoomIn">The pool whose other nodes must have room for who is moved; null when the clients need none, or find it elsewhere.</param>
/// <param name="Newcomers">Those that open after the order are meant too: an attempt that was on its way to a node when its drain began.</param>
/// <param name="OwnWords">Code and text of the close frame, where an operator gave his own; null: those of the reason.</param>
/// <param name="AtMost">Ends when so many have been told; null: all that fit.</param>
/// <param name="By">Who ordered it.</param>
public sealed record DrainOrder(string What, ConnectionSelector Selector, EndReason Reason, int PerSecond, string By, string? Why = null, string? RoomIn = null, bool Newcomers = false,
    (int Code, string Text)? OwnWords = null, int? AtMost = null);

public enum DrainState
{
    Moving,

    /// <summary>The other nodes have no room at the moment.</summary>
    WaitingForRoom,

    /// <summary>All were told; not all have left yet.</summary>
    Leaving,
    Done,
    Cancelled,
}

/// <summary>How far a drain is.</summary>
/// <param name="Told">Connections that were asked to leave.</param>
/// <param name="Remaining">Those that fit and are still open.</param>
/// <param name="EstimateSeconds">Until the last one was told, at the rate that was kept so far; null when nothing moves.</param>
public sealed record DrainProgress(
    string Id, string What, string Reason, string By, string? Why, DateTimeOffset StartedAt, int PerSecond, DrainState State, int Told, int Remaining, double? EstimateSeconds);
