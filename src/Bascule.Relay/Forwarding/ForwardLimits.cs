namespace Bascule.Relay;

/// <summary>How long each step of a forwarded request may take. All are more than zero.</summary>
public sealed record ForwardLimits
{
    /// <summary>Name lookup, TCP and TLS to one back end. Default 5 s, as <c>deadlines.connect</c>.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Silence before the head of the answer, of the back end or of a client that still owes its body. Default 100 s, as HttpClient's timeout.</summary>
    public TimeSpan Answer { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>How long a body waits for <c>100 Continue</c> before it is sent all the same (RFC 9110 §10.1.1). Default 1 s, as HttpClient and curl.</summary>
    public TimeSpan Continue { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an unused connection to a back end is kept. Default 4 s: Node.js, uvicorn and Apache close theirs after 5 s.</summary>
    public TimeSpan KeepIdle { get; init; } = TimeSpan.FromSeconds(4);
}
