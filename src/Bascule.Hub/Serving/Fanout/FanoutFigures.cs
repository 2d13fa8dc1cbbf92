namespace Bascule.Hub;

/// <summary>How long messages took from their arrival in the hub until every client that had been sent all before them was handed them to its kernel; since the start.</summary>
/// <param name="Bounds">Upper bounds of the buckets, in seconds.</param>
/// <param name="Counts">Messages in each bucket alone, with one more for what took longer.</param>
/// <param name="Seconds">All of them added up.</param>
public sealed record FanoutFigures(IReadOnlyList<double> Bounds, IReadOnlyList<long> Counts, double Seconds);
