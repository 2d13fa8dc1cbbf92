using Bascule.Model;

namespace Bascule.Relay;

/// <summary>How a forwarded request ended.</summary>
/// <param name="Ending">Null when the answer was delivered whole.</param>
/// <param name="Status">Status of the back end's answer; 0 when none came.</param>
/// <param name="RequestBytes">Bytes of the request's body that went to the back end.</param>
/// <param name="ResponseBytes">Bytes of the answer's body that went to the client.</param>
public readonly record struct ForwardResult(Ending? Ending, int Status, long RequestBytes, long ResponseBytes);
