using System.Security.Cryptography;
using Bascule.Terminal;

namespace Bascule.Cli;

/// <summary>Which session to attach to, and as whom.</summary>
/// <param name="Url">With <c>ws</c> or <c>wss</c>.</param>
/// <param name="Size">Of the terminal here, now; 0 × 0: none.</param>
internal sealed record SessionPlan(Uri Url, string? Token, ViewerRole Role, bool Take, Func<ScreenSize> Size)
{
    /// <summary>By a link, which lets nobody do more than look.</summary>
    internal bool IsLink { get; init; }

    /// <summary>False: the session is known to be a command without a terminal, to which lines are typed.</summary>
    internal bool HasTerminal { get; init; } = true;

    /// <summary>Kept over all connections, so that each replaces the one before and keeps its seat.</summary>
    internal string Client { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
}
