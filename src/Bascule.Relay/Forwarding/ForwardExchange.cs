using Bascule.Model;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Bascule.Relay;

/// <summary>One request on its way to a back end, and its answer on the way back.</summary>
internal sealed class ForwardExchange : IDisposable
{
    private readonly HttpContext _context;
    private readonly ForwardTarget _target;
    private readonly ForwardLimits _limits;
    private readonly TimeProvider _time;
    private readonly CancellationToken _caller;
    private readonly ForwardStop _stop;
    private readonly CancellationTokenSource _uploadStop;
    private RequestUpload? _upload;
    private Task _uploading = Task.CompletedTask;
    private AnswerDelivery? _delivery;
    private int _status;

    internal ForwardExchange(HttpContext context, ForwardTarget target, ForwardLimits limits, TimeProvider time, CancellationToken caller)
    {
        _context = context;
        _target = target;
        _limits = limits;
        _time = time;
        _caller = caller;
        _stop = new ForwardStop(limits.Answer, time, context.RequestAborted, caller);
        _uploadStop = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
    }

    internal async Task<ForwardResult> RunAsync(IdleConnections idle, NodeConnector connector)
    {
        try
        {
            await ForwardAsync(idle, connector);
            return Result(null);
        }
        catch (Exception failure) when (EndingOf(failure) is { } ending)
        {
            Cut();
            return Result(ending);
        }
        catch
        {
            Cut();
            throw;
        }
    }

    public void Dispose()
    {
        _uploadStop.Dispose();
        _stop.Dispose();
    }

    /// <summary>1. write the head · 2. connect · 3. ask, the body following on its own · 4. deliver the answer · 5. keep the connection if both are through.</summary>
    private async Task ForwardAsync(IdleConnections idle, NodeConnector connector)
    {
        LiftLimits();
        var framing = RequestFraming.Of(_context.Request);
        var request = new ForwardedHead(_context.Request, _target, framing);
        var bytes = request.Write(); // 1
        var address = new NodeAddress(_target.Node, _target.InsecureTls, _target.Address);
        var connection = idle.Take(address);
        try
        {
            var answer = connection is null ? null : await AskKeptAsync(connection, bytes, request, framing);
            if (connection is null || answer is null)
            {
                connection?.Dispose();
                connection = null;
                connection = await NodeDialer.DialAsync(connector, address, _limits.Connect, _time, _stop.Token); // 2
                answer = await AskAsync(connection, bytes, request, framing); // 3
            }

            _status = answer.Status;
            _delivery = new AnswerDelivery(_context, connection, answer);
            _stop.Answered();
            await _delivery.RunAsync(_stop.Token); // 4
            await StopUploadAsync();
            if (answer.KeepsAlive && !_delivery.EndsAtClose && connection.IsQuiet && _upload is null or { IsFinished: true }) // 5
            {
                idle.Keep(connection);
                connection = null;
            }
        }
        finally
        {
            await StopUploadAsync();
            connection?.Dispose();
        }
    }

    /// <summary>Forwarded bodies may be as long and as slow as they like: whoever serves them sets the limits.</summary>
    private void LiftLimits()
    {
        if (_context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        if (_context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
    }

    /// <summary>Asks on a connection that served before. Null when the back end closed it at this very moment and the request may be repeated (RFC 9112 §9.3.1).</summary>
    private async Task<AnswerHead?> AskKeptAsync(BackendConnection connection, ReadOnlyMemory<byte> bytes, ForwardedHead request, RequestFraming framing)
    {
        try
        {
            return await AskAsync(connection, bytes, request, framing);
        }
        catch (ForwardEndedException ended) when (ended.Ending.Reason == EndReasons.BackendClosedEarly && connection.Buffered.IsEmpty
            && !framing.HasBody && _context.Request.Method is "GET" or "HEAD" or "OPTIONS" or "PUT" or "DELETE")
        {
            return null;
        }
    }

    private async Task<AnswerHead> AskAsync(BackendConnection connection, ReadOnlyMemory<byte> bytes, ForwardedHead request, RequestFraming framing)
    {
        if (framing is { HasBody: true, AwaitsContinue: false })
            _stop.AwaitClient();
        else
            _stop.AwaitBackend();
        try
        {
            await connection.WriteAsync(bytes, _stop.Token);
        }
        catch (IOException broken)
        {
            throw new ForwardEndedException(EndReasons.BackendClosedEarly, broken.Message, broken);
        }

        if (framing.HasBody)
        {
            _upload = new RequestUpload(_context.Request, framing, request, connection, _stop);
            _uploading = _upload.RunAsync(_limits.Continue, _time, _uploadStop.Token);
        }

        while (true)
        {
            var head = await AnswerHeadReader.ReadAsync(connection, _stop.Token);
            if (head.Status == StatusCodes.Status101SwitchingProtocols)
                throw new ForwardEndedException(EndReasons.BackendGarbage, "It switched protocols, which nobody asked for.");
            if (head.Status >= 200)
                return head;
            if (head.Status == StatusCodes.Status100Continue)
                _upload?.Continue();
        }
    }

    /// <summary>Once the answer is through, nobody reads the rest of the request.</summary>
    private async Task StopUploadAsync()
    {
        if (!_uploading.IsCompleted)
            await _uploadStop.CancelAsync();
        await _uploading;
    }

    /// <summary>Null: a surprise, or the caller's own cancellation.</summary>
    private Ending? EndingOf(Exception failure)
    {
        if (failure is not (OperationCanceledException or IOException or ForwardEndedException))
            return null;
        if (_stop.Cause is { } cause)
            return cause;
        return _caller.IsCancellationRequested ? null : (failure as ForwardEndedException)?.Ending;
    }

    /// <summary>Over HTTP/1.1 resets the connection, over HTTP/2 the stream.</summary>
    private void Cut()
    {
        if (_context.Response.HasStarted)
            _context.Abort();
    }

    private ForwardResult Result(Ending? ending) => new(ending, _status, _upload?.Bytes ?? 0, _delivery?.Bytes ?? 0);
}
