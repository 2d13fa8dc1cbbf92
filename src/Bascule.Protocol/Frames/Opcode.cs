namespace Bascule.Protocol;

/// <summary>What a frame carries (RFC 6455 §5.2); bit 8 marks control frames.</summary>
public enum Opcode : byte
{
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}
