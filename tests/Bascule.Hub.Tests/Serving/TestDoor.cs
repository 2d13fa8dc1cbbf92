namespace Bascule.Hub.Tests;

/// <summary>A gateway as the test wants it.</summary>
internal sealed class TestDoor : IHubDoor
{
    internal Func<string, CancellationToken, ValueTask<RenewResult>> Renew { get; set; } = (_, _) => new(new RenewResult(null, HubGrants.None, "no tokens here"));

    internal Func<string, string, CancellationToken, ValueTask<PublishResult>> Publish { get; set; } = (_, _, _) => new(new PublishResult("AQ"));

    internal List<(string Topic, string? Key, byte[] Payload, string Id)> Published { get; } = [];

    public string ResumeToken => "resume-token";

    public ValueTask<RenewResult> RenewAsync(string token, CancellationToken cancellation) => Renew(token, cancellation);

    public ValueTask<PublishResult> PublishAsync(string topic, string? key, ReadOnlyMemory<byte> payload, string id, CancellationToken cancellation)
    {
        lock (Published)
            Published.Add((topic, key, payload.ToArray(), id));
        return Publish(topic, id, cancellation);
    }
}
