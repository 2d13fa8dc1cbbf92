namespace Bascule.Protocol;

/// <summary>Close codes of RFC 6455 §7.4.1 and of the IANA registry that it founded.</summary>
public static class CloseCodes
{
    public const int Normal = 1000;
    public const int GoingAway = 1001;
    public const int ProtocolError = 1002;
    public const int UnsupportedPayload = 1003;

    /// <summary>Never on the wire: what an API shows when the close frame had no code.</summary>
    public const int NoStatus = 1005;

    /// <summary>Never on the wire: what an API shows when there was no close frame.</summary>
    public const int Abnormal = 1006;

    public const int InvalidPayload = 1007;
    public const int PolicyViolation = 1008;
    public const int MessageTooBig = 1009;
    public const int MissingExtension = 1010;
    public const int InternalError = 1011;
    public const int ServiceRestart = 1012;
    public const int TryAgainLater = 1013;
    public const int BadGateway = 1014;

    /// <summary>Never on the wire: what an API shows when TLS failed.</summary>
    public const int TlsHandshake = 1015;

    /// <summary>Whether a close frame may carry the code: 1000 to 1003, 1007 to 1014, 3000 to 4999 (RFC 6455 §7.4).</summary>
    public static bool MayBeSent(int code) => code is (>= Normal and <= UnsupportedPayload) or (>= InvalidPayload and <= BadGateway) or (>= 3000 and <= 4999);
}
