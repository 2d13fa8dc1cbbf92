namespace Bascule.Load;

/// <summary>What came of one handshake: a socket or a failure.</summary>
/// <param name="Socket">The caller's to read and to dispose.</param>
/// <param name="Attempt">The id that a Bascule gateway gave the attempt (<c>X-Bascule-Attempt</c>), or null.</param>
/// <param name="RetryAfter">What the server asked for; null when it did not.</param>
public sealed record DialOutcome(LoadSocket? Socket, LoadFailure? Failure, DialTimes Times, string? Attempt, TimeSpan? RetryAfter);
