namespace Bascule.Diagnostics;

/// <summary>One try to connect through what is tested.</summary>
/// <param name="Request">As the client sent it.</param>
/// <param name="Call">The request as it came to the back end; null when it was answered before.</param>
/// <param name="Answer">What the client gets; still to come while the back end has not answered.</param>
/// <param name="Forget">Ends the wait at the door.</param>
internal sealed record ThroughAttempt(RawPeer Client, HeadText Request, BackendCall? Call, Task<AnswerRead> Answer, Func<Task> Forget) : IAsyncDisposable
{
    private bool _isPair;

    /// <exception cref="CaseBrokenException">The request did not come to the back end.</exception>
    internal async Task<BackendCall> ReachedAsync() =>
        Call ?? throw new CaseBrokenException($"The request did not reach the back end; the client got {await Answer}.");

    /// <summary>The 101 that the key of the request asks for, with these fields more.</summary>
    internal async Task<HeadText> GoodAnswerAsync(params IEnumerable<KeyValuePair<string, string>> more) =>
        HeadText.SwitchingProtocols((await ReachedAsync()).Head.Headers.First("Sec-WebSocket-Key") ?? "", more);

    /// <summary>The back end says yes; what the client gets.</summary>
    internal async Task<AnswerRead> AcceptAsync(CancellationToken interruption, params IEnumerable<KeyValuePair<string, string>> more) =>
        await ReplyAsync((await GoodAnswerAsync(more)).ToBytes(), interruption);

    /// <summary>The back end sends these bytes; what the client gets.</summary>
    internal async Task<AnswerRead> ReplyAsync(byte[] bytes, CancellationToken interruption)
    {
        await (await ReachedAsync()).Peer.SendAsync(bytes, interruption);
        return await Answer;
    }

    /// <summary>Both ends, once the client has its 101.</summary>
    internal ThroughPair ToPair(PeerClock clock)
    {
        _isPair = true;
        return new ThroughPair(Client, Call!, clock, Forget);
    }

    /// <summary>The client first: a back end that goes before its client counts as one that failed. What was answered without an upgrade may stay open behind, for the next request.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isPair)
            return;
        await Client.DisposeAsync();
        await Forget();
        if (Call is not null && Answer is { IsCompletedSuccessfully: true } answer && (await answer).Head is { Status: 101 })
            await Call.LeaveAsync();
        else if (Call is not null)
            await Call.DisposeAsync();
    }
}
