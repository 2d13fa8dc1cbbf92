namespace Bascule.Model;

/// <summary>The stages of the path of a connection, in their order.</summary>
public enum Stage
{
    Listen,
    Handshake,
    Admission,
    Routing,
    Slot,
    Connect,
    Relay,
    Close,
}
