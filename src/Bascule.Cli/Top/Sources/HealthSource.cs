namespace Bascule.Cli;

/// <summary>A server of which only the health document is known.</summary>
internal sealed class HealthSource(AdminClient client, Uri address, TimeProvider time) : ITopSource
{
    public string Name => address.Authority;

    public IReadOnlyList<TopViewKind> Views => [TopViewKind.Shards];

    /// <remarks>A server that is not well may say so with 503, and the same document.</remarks>
    public async Task<TopSnapshot> LookAsync(IReadOnlyCollection<TopViewKind> views, CancellationToken cancellation)
    {
        var answer = await client.SendAsync(HttpMethod.Get, address.PathAndQuery, "application/json", cancellation);
        try
        {
            return new TopSnapshot(time.GetUtcNow()) { Health = HealthReading.Parse(answer.Text) };
        }
        catch (FormatException e)
        {
            throw new AdminFault(ExitCodes.Unreachable, $"{address} answered {answer.Status} with what is no health document: {e.Message}");
        }
    }
}
