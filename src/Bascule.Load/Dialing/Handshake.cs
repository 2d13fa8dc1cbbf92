using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Bascule.Load;

/// <summary>The part of a handshake that has a connected socket.</summary>
internal sealed class Handshake(Socket socket, DialOrder order, DialWatch watch, TimeProvider time)
{
    private DialTimes _times;
    private bool _inTls;

    internal TimeSpan Tcp
    {
        init => _times = new DialTimes(value, TimeSpan.Zero, TimeSpan.Zero);
    }

    /// <summary>Without a socket in the outcome, all is closed.</summary>
    internal async Task<DialOutcome> RunAsync(ReadOnlyMemory<byte> request, string key)
    {
        var wire = new Wire(socket, null);
        UpgradeExchange? exchange = null;
        var isOpen = false;
        try
        {
            if (order.Url.Scheme == "wss")
                wire = new Wire(socket, await SecureAsync());
            var start = time.GetTimestamp();
            exchange = new UpgradeExchange(wire, order, watch, time);
            var result = await exchange.RunAsync(request, key);
            var attempt = result.Answer?.Headers.First("X-Bascule-Attempt");
            if (result.Reader is null)
                return new DialOutcome(null, result.Failure! with { Attempt = attempt }, _times, attempt, result.RetryAfter);
            _times = _times with { Upgrade = time.GetElapsedTime(start) };
            if (!watch.TryFinish())
                return Failed(Late(exchange));
            isOpen = true;
            return new DialOutcome(new LoadSocket(wire, result.Reader, time, attempt), null, _times, attempt, null);
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or AuthenticationException)
        {
            return Failed(watch.IsOver ? Late(exchange) : FailureOf(e, exchange));
        }
        finally
        {
            if (!isOpen)
                await wire.DisposeAsync();
        }
    }

    private async Task<SslStream> SecureAsync()
    {
        _inTls = true;
        var start = time.GetTimestamp();
        var tls = await TlsStep.SecureAsync(socket, order);
        _times = _times with { Tls = time.GetElapsedTime(start) };
        _inTls = false;
        return tls;
    }

    private DialOutcome Failed(LoadFailure failure) => new(null, failure, _times, null, null);

    private LoadFailure Late(UpgradeExchange? exchange) => new(
        FailureClasses.ConnectTimeout, $"{Progress(exchange)} when the limit of {order.Limit.TotalSeconds:0.###} s had passed");

    private LoadFailure FailureOf(Exception e, UpgradeExchange? exchange) => e switch
    {
        AuthenticationException => new LoadFailure(FailureClasses.Tls, e.InnerException is { } inner ? $"{e.Message} {inner.Message}" : e.Message),
        // The peer ended TCP where TLS should have gone on: what SslStream says then has no socket error in it.
        _ when _inTls && e.GetBaseException() is not SocketException => new LoadFailure(FailureClasses.Tls, DialFailures.Words(e)),
        _ => new LoadFailure(FailureClasses.TcpReset, $"{DialFailures.Words(e)}: {Progress(exchange)}"),
    };

    private static string Progress(UpgradeExchange? exchange) => exchange switch
    {
        null => "TCP was connected, TLS was not done",
        { Received: 0 } => "the request was sent, no byte of an answer had come",
        { Received: var received } => $"{received} bytes had come, which are no whole answer",
    };
}
