using System.Net;
using System.Net.Security;

namespace Bascule.Diagnostics;

/// <summary>WebSockets over HTTP/2 (RFC 8441). Frames of HTTP/2 are written by .NET's <see cref="SocketsHttpHandler"/>; those of the WebSocket are ours.</summary>
internal sealed class Http2Dialer : IDisposable
{
    private readonly ConformStage _stage;
    private readonly HttpMessageInvoker _invoker;

    internal Http2Dialer(ConformStage stage)
    {
        _stage = stage;
        var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = stage.Clock.StepLimit };
#pragma warning disable CA5359 // The user asked for it: --insecure.
        if (stage.Target.AnyCertificate)
            handler.SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, _, _, _) => true };
#pragma warning restore CA5359
        _invoker = new HttpMessageInvoker(handler);
    }

    /// <summary>Asks for a stream; the caller disposes what it gets.</summary>
    /// <param name="protocol">The value of <c>:protocol</c>; null for an ordinary GET.</param>
    /// <exception cref="HttpRequestException">No HTTP/2, no extended CONNECT, or no answer.</exception>
    internal async Task<HttpResponseMessage> AskAsync(string? protocol, Action<HttpRequestMessage>? change, CancellationToken interruption)
    {
        var url = new UriBuilder(_stage.Target.Url) { Scheme = "https" }.Uri;
        using var request = new HttpRequestMessage(protocol is null ? HttpMethod.Get : HttpMethod.Connect, url) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.Protocol = protocol;
        if (protocol is not null)
            request.Headers.TryAddWithoutValidation("Sec-WebSocket-Version", "13");
        foreach (var (name, value) in _stage.Target.Headers)
            request.Headers.TryAddWithoutValidation(name, value);
        change?.Invoke(request);

        using var limit = new CancellationTokenSource(_stage.Clock.StepLimit, _stage.Clock.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, interruption);
        try
        {
            return await _invoker.SendAsync(request, linked.Token);
        }
        catch (OperationCanceledException e) when (!interruption.IsCancellationRequested)
        {
            throw new HttpRequestException(HttpRequestError.Unknown, $"no answer within {_stage.Clock.StepLimit.TotalSeconds:0.#} s", e);
        }
    }

    /// <summary>A WebSocket; null with the answer's status when it is not 200.</summary>
    internal async Task<(RawPeer? Peer, HttpResponseMessage Answer)> OpenAsync(Action<HttpRequestMessage>? change, CancellationToken interruption)
    {
        var answer = await AskAsync("websocket", change, interruption);
        return answer.StatusCode == HttpStatusCode.OK ? (RawPeer.Over(await answer.Content.ReadAsStreamAsync(interruption), _stage.Clock), answer) : (null, answer);
    }

    public void Dispose() => _invoker.Dispose();
}
