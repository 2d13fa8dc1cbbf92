namespace Bascule.Cluster;

/// <summary>Something that can be used once.</summary>
/// <param name="Hash">Hash of the secret; the store never sees the secret itself.</param>
/// <param name="Payload">What the holder gets for it.</param>
/// <param name="Owner">A key made by <see cref="CountKey"/>: whose outstanding tickets are bounded together.</param>
/// <param name="Life">How long it may be used.</param>
public sealed record Ticket(string Hash, string Payload, string Owner, TimeSpan Life);
