using Bascule.Model;
using Bascule.Protocol;
using Bascule.Settings;

namespace Bascule.Relay;

/// <summary>Opens WebSockets to back ends over HTTP/2 (RFC 8441), many in one connection. A node that does not speak it gets HTTP/1.1.</summary>
/// <param name="http1">Dials instead where HTTP/2 is not spoken.</param>
public sealed class Http2Dialer(NodeConnector connector, BackendDialer http1, DialLimits limits, TimeProvider time) : IDisposable
{
    /// <summary>Longer than SocketsHttpHandler keeps a connection without a stream (1 min): what is forgotten holds nothing.</summary>
    private static readonly TimeSpan ForgottenAfter = TimeSpan.FromMinutes(10);

    private const long Http11Required = 0xd; // RFC 9113 §7

    private readonly Lock _gate = new();
    private readonly Dictionary<NodeAddress, Http2Node> _nodes = [];

    /// <summary>As <see cref="BackendDialer.DialAsync"/>; the result says which protocol was spoken.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<DialResult> DialAsync(DialTarget target, CancellationToken cancellation)
    {
        var node = EnterNode(target.At);
        try
        {
            if (node.Refusal is { } known)
                return await http1.DialAsync(target, cancellation) with { FellBack = known };
            var (result, notSpoken) = await ConnectAsync(node, target, cancellation);
            if (result is not null)
                return result with { Protocol = BackendProtocol.Http2 };
            var instead = await http1.DialAsync(target, cancellation);
            // Only a node that answers HTTP/1.1 is known to speak nothing else; another one may just be starting.
            if (instead.Answer is not null)
                node.Refuse(notSpoken!);
            return instead with { FellBack = notSpoken };
        }
        finally
        {
            node.Leave();
        }
    }

    /// <summary>Closes all connections, and with them the WebSockets that are left.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var node in _nodes.Values)
                node.Dispose();
            _nodes.Clear();
        }
    }

    private Http2Node EnterNode(NodeAddress address)
    {
        lock (_gate)
        {
            if (!_nodes.TryGetValue(address, out var node))
            {
                // Nodes come and go where they are discovered.
                foreach (var (old, idle) in _nodes.Where(static pair => pair.Value.IsIdleFor(ForgottenAfter)).ToArray())
                {
                    _nodes.Remove(old);
                    idle.Dispose();
                }

                _nodes.Add(address, node = new Http2Node(address, connector, limits.Connect, time));
            }

            node.Enter();
            return node;
        }
    }

    /// <summary>A result, or why the node cannot be asked over HTTP/2: then it has not seen the request.</summary>
    private async Task<(DialResult? Result, string? NotSpoken)> ConnectAsync(Http2Node node, DialTarget target, CancellationToken cancellation)
    {
        using var request = TryMakeRequest(target);
        if (request is null)
            return (DialResult.Failed(EndReasons.GatewayFault, "the request to the back end would contain a line break"), null);
        using var deadline = new StepDeadline(time, cancellation);
        // The connecting has its own limit; it may serve others, too.
        var limit = limits.Connect + limits.Upgrade;
        deadline.Begin(limit);
        try
        {
            return (await JudgeAsync(node, target, await node.SendAsync(request, deadline.Token)), null);
        }
        catch (Exception e) when (e is OperationCanceledException && deadline.IsOver)
        {
            deadline.ThrowIfGivenUp();
            return (DialResult.Failed(EndReasons.BackendSilent, $"{target.At} answered nothing over HTTP/2 within {limit.TotalSeconds:0.#} s"), null);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return WhyNotSpoken(node, e) is { } why ? (null, why) : (FailureOf(e, target), null);
        }
    }

    private static async Task<DialResult> JudgeAsync(Http2Node node, DialTarget target, HttpResponseMessage response)
    {
        var answer = HeadOf(response);
        var ending = UpgradeAnswer.CheckConnect(answer, target.Offer, out var agreed);
        var stream = await response.Content.ReadAsStreamAsync(CancellationToken.None);
        // The client of the framework opens the stream for 200 alone.
        if (ending is null && !stream.CanWrite)
            ending = new Ending(EndReasons.BackendBadUpgrade, $"answered {answer.Status} over HTTP/2, expected 200");
        if (ending is { } refused)
        {
            response.Dispose();
            return DialResult.Refused(refused with { Detail = $"{target.At} {refused.Detail}" }, answer);
        }

        node.Enter();
        var duplex = new Http2Duplex(stream, response, node.Leave);
        return new DialResult(new BackendLink(new RelayEndpoint(duplex, duplex.Dispose) { IsOurs = true }, agreed), null, MayTryAnother: false, answer);
    }

    private static string? WhyNotSpoken(Http2Node node, Exception failure)
    {
        if (Find<Http2ConnectException>(failure) is { } connecting)
            return connecting.Failure is null ? connecting.Message : null;
        if (failure is HttpRequestException { HttpRequestError: HttpRequestError.ExtendedConnectNotSupported })
            return "its HTTP/2 takes no WebSockets (SETTINGS_ENABLE_CONNECT_PROTOCOL is not set)";
        if (!node.Speaks)
            return $"it did not answer in HTTP/2: {NodeConnector.Words(failure)}";
        return Find<HttpProtocolException>(failure) is { ErrorCode: Http11Required } ? "it asked for HTTP/1.1 (HTTP_1_1_REQUIRED)" : null;
    }

    private static DialResult FailureOf(Exception failure, DialTarget target)
    {
        if (Find<Http2ConnectException>(failure)?.Failure is { } unreached)
            return DialResult.Failed(unreached, mayTryAnother: true);
        if (Find<HttpRequestException>(failure, static e => e.HttpRequestError is HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded) is { } garbage)
            return DialResult.Failed(EndReasons.BackendGarbage, $"{target.At}: {garbage.Message}");
        return DialResult.Failed(EndReasons.BackendClosedEarly, $"{target.At}: {NodeConnector.Words(failure)} instead of an answer over HTTP/2", mayTryAnother: true);
    }

    private static T? Find<T>(Exception failure, Predicate<T>? which = null)
        where T : Exception
    {
        for (Exception? e = failure; e is not null; e = e.InnerException)
        {
            if (e is T found && which?.Invoke(found) != false)
                return found;
        }

        return null;
    }

    /// <summary>Null when a part holds a control character.</summary>
    private static HttpRequestMessage? TryMakeRequest(DialTarget target)
    {
        var request = new HttpRequestMessage(HttpMethod.Connect, UriOf(target))
        {
            Version = System.Net.HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.Protocol = "websocket";
        foreach (var (name, value) in UpgradeFields.ForConnect(target))
        {
            // What describes a body the framework refuses to send here; a request for a WebSocket has none.
            if (HttpSyntax.IsToken(name) && HttpSyntax.IsValue(value))
                request.Headers.TryAddWithoutValidation(name, value);
            else
            {
                request.Dispose();
                return null;
            }
        }

        return request;
    }

    /// <summary>The path goes out as it is: a back end may tell <c>%2F</c> from <c>/</c>.</summary>
    private static Uri UriOf(DialTarget target) =>
        new(target.Node.GetLeftPart(UriPartial.Authority) + target.PathAndQuery, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

    private static ResponseHead HeadOf(HttpResponseMessage response)
    {
        var headers = new HeaderList();
        foreach (var (name, values) in response.Headers.NonValidated)
            AddAll(name, values);
        foreach (var (name, values) in response.Content.Headers.NonValidated)
            AddAll(name, values);
        return new ResponseHead((int)response.StatusCode, "", HttpKind.Http2, headers);

        void AddAll(string name, System.Net.Http.Headers.HeaderStringValues values)
        {
            foreach (var value in values)
                headers.Add(name, value);
        }
    }
}
