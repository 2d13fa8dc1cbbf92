namespace Bascule.Terminal;

/// <summary>What a host may have and keep.</summary>
public sealed record TableRules
{
    /// <summary>Names the host to gateways; stands in the environment of its processes.</summary>
    public required string Host { get; init; }

    /// <summary>Terminals at once, ended ones that are kept included. 2,000: four times what a small machine is measured to bear.</summary>
    public int MostTerminals { get; init; } = 2000;

    /// <summary>How long the output and the exit of one that ended are kept for who comes late.</summary>
    public TimeSpan KeepEnded { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Where recordings go. Null: none can be made.</summary>
    public string? Recordings { get; init; }

    /// <summary>Whether <c>PUT</c> starts terminals; an agent has its one.</summary>
    public bool TakesOrders { get; init; } = true;
}
