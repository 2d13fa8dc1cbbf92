namespace Bascule.Diagnostics;

/// <summary>What the cases of <c>--through</c> stand on: the way in front of what is tested, and the door behind it.</summary>
internal sealed record ThroughStage(ConformStage Front, BackendDoor Door)
{
    /// <summary>How long nothing must come before we say that nothing comes. Gateways forward within a millisecond; what is later than this is held back.</summary>
    internal static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(300);

    internal PeerClock Clock => Front.Clock;

    /// <summary>Sends a request in front, and waits until it arrives behind or is answered without.</summary>
    /// <param name="behind">Bytes that go with the request, in the same packet.</param>
    internal async Task<ThroughAttempt> AttemptAsync(HeadText request, CancellationToken interruption, byte[]? behind = null)
    {
        var token = Guid.NewGuid().ToString("N");
        var marked = request.With(BackendDoor.TokenField, token);
        var expected = Door.Expect(token);
        var client = await Front.DialAsync(interruption);
        try
        {
            byte[] bytes = [.. marked.ToBytes(), .. behind ?? []];
            await client.SendAsync(bytes, interruption);
            var answer = client.ReadAnswerAsync(interruption);
            await Task.WhenAny(expected, answer);
            // A request that nobody answers and that nowhere arrives ends the reading by its limit.
            var call = expected.IsCompletedSuccessfully ? await expected : null;
            if (call is not null)
                Door.Taken(token);
            return new ThroughAttempt(client, marked, call, answer, () => Door.ForgetAsync(token));
        }
        catch
        {
            await Door.ForgetAsync(token);
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>A WebSocket through it, both ends in our hand, without extensions.</summary>
    /// <exception cref="CaseBrokenException">None came about.</exception>
    internal async Task<ThroughPair> OpenAsync(CancellationToken interruption)
    {
        var attempt = await AttemptAsync(Front.Upgrade(), interruption);
        try
        {
            var answer = await attempt.AcceptAsync(interruption);
            if (answer.Head is not { Status: 101 })
                throw new CaseBrokenException($"The handshake before the case was answered by {answer}, though the back end answered 101.");
            return attempt.ToPair(Clock);
        }
        catch
        {
            await attempt.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a connection and closes it well: a gateway that counts the faults of its back ends sees that this one serves.</summary>
    internal async Task ServeOnceAsync(CancellationToken interruption)
    {
        await using var pair = await OpenAsync(interruption);
        await pair.LeaveAsync(interruption);
    }
}
