namespace Bascule.Diagnostics;

/// <summary>What one connection of the idle ladder did.</summary>
internal enum IdleManner
{
    /// <summary>Says nothing; answers pings of the server, as a browser does.</summary>
    Silent,

    /// <summary>Pings now and then.</summary>
    Pinging,

    /// <summary>Says something now and then, and gets it back.</summary>
    Talking,
}

/// <summary>By what a server shows at the end of a silence that the connection lives.</summary>
internal enum LifeSign
{
    Pong,

    /// <summary>It answers no pings, but echoes.</summary>
    Echo,

    /// <summary>It answers nothing: only what it says by itself shows that it lives.</summary>
    None,
}

/// <summary>How a connection ended.</summary>
internal enum IdleEnd
{
    /// <summary>Something came when it was asked at the end.</summary>
    Alive,

    /// <summary>No end was seen, and nothing came at the end; but this server answers neither pings nor messages.</summary>
    Unknown,

    /// <summary>A close frame came.</summary>
    Close,

    /// <summary>The end of TCP without a close frame.</summary>
    Fin,

    /// <summary>A reset.</summary>
    Reset,

    /// <summary>Nothing came at the end, though this server answers.</summary>
    Vanished,

    /// <summary>It could not be opened.</summary>
    Refused,
}

/// <summary>How long one connection lived.</summary>
/// <param name="Silence">That it kept; the longest one between its own words when it is busy.</param>
/// <param name="After">When it ended; the whole time when it is alive.</param>
/// <param name="ServerPings">Pings of the server in that time: they keep every hop awake.</param>
/// <param name="Messages">Messages of the server that nobody asked for.</param>
/// <param name="Note">The close frame, or why it could not be opened.</param>
internal sealed record IdleSeen(IdleManner Manner, TimeSpan Silence, TimeSpan After, IdleEnd End, int ServerPings, int Messages, string Note)
{
    internal bool IsCut => End is not (IdleEnd.Alive or IdleEnd.Unknown or IdleEnd.Refused);

    public override string ToString()
    {
        var who = Manner switch { IdleManner.Silent => $"silent for {Silence.TotalSeconds:0.#} s", IdleManner.Pinging => "with pings", _ => "with messages" };
        var end = End switch
        {
            IdleEnd.Alive => $"alive after {After.TotalSeconds:0.#} s",
            IdleEnd.Unknown => $"no end was seen within {After.TotalSeconds:0.#} s",
            IdleEnd.Close => $"{Note} after {After.TotalSeconds:0.#} s",
            IdleEnd.Fin => $"ended without a close frame after {After.TotalSeconds:0.#} s",
            IdleEnd.Reset => $"reset after {After.TotalSeconds:0.#} s",
            IdleEnd.Vanished => $"dead after {After.TotalSeconds:0.#} s, without a word",
            _ => $"could not be opened ({Note})",
        };
        var server = ServerPings > 0 ? $", {ServerPings} pings from the server" : Messages > 0 ? $", {Messages} messages from the server" : "";
        return $"{who}: {end}{server}";
    }
}
