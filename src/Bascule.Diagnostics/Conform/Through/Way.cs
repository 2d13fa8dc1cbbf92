namespace Bascule.Diagnostics;

/// <summary>A direction through what is tested.</summary>
internal enum Way
{
    /// <summary>From the client to the back end.</summary>
    Up,

    /// <summary>From the back end to the client.</summary>
    Down,
}

internal static class Ways
{
    internal static string Words(this Way way) => way == Way.Up ? "from the client to the back end" : "from the back end to the client";

    /// <summary>The end of the id of a case.</summary>
    internal static string Suffix(this Way way) => way == Way.Up ? "up" : "down";

    internal static string Receiver(this Way way) => way == Way.Up ? "the back end" : "the client";
}
