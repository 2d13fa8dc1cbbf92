namespace Bascule.Hub;

/// <summary>What the policy of a topic did with a reader that was too far behind.</summary>
/// <param name="MustClose">The connection has to end with 4604; the subscription gives nothing more. Otherwise messages were skipped, and the gap is in the stream already.</param>
/// <param name="From">Where the reader was.</param>
/// <param name="To">Where it goes on.</param>
/// <param name="Messages">Skipped; those that were given after all, as the newest of their key, are not among them.</param>
public sealed record Overrun(bool MustClose, Cursor From, Cursor To, long Messages);
