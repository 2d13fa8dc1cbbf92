namespace Bascule.Diagnostics;

/// <summary>All cases for a server: what <c>bascule conform URL</c> plays.</summary>
public static class ServerCases
{
    public static IReadOnlyList<ConformCase> All { get; } =
    [
        .. HandshakeCases.All(), .. HandshakeFaultCases.All(), .. FramingCases.All(), .. ControlCases.All(), .. FragmentCases.All(), .. ReservedCases.All(),
        .. Utf8Cases.All(), .. ClosingCases.All(), .. LimitCases.All(),
        .. NegotiationCases.All(), .. DeflateCases.All(), .. DeflateFaultCases.All(), .. Http2Cases.All(),
    ];
}

/// <summary>The chapters of the cases for a server.</summary>
internal static class ServerAreas
{
    internal static readonly ConformArea Handshake = new("handshake", "Opening handshake");
    internal static readonly ConformArea Framing = new("framing", "Lengths, masks, splits");
    internal static readonly ConformArea Control = new("control", "Ping and pong");
    internal static readonly ConformArea Fragments = new("fragments", "Fragmentation");
    internal static readonly ConformArea Reserved = new("reserved", "Reserved bits and opcodes");
    internal static readonly ConformArea Utf8 = new("utf8", "UTF-8");
    internal static readonly ConformArea Closing = new("closing", "Closing handshake");
    internal static readonly ConformArea Limits = new("limits", "Large messages");
    internal static readonly ConformArea Negotiation = new("negotiation", "permessage-deflate: agreeing");
    internal static readonly ConformArea Deflate = new("deflate", "permessage-deflate: messages");
    internal static readonly ConformArea Http2 = new("http2", "WebSocket over HTTP/2");
}
