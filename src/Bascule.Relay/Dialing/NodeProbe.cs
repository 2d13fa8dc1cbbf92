using System.Buffers;
using Bascule.Model;
using Bascule.Protocol;
using Bascule.Settings;

namespace Bascule.Relay;

/// <summary>Looks whether a node is well, with a connection of its own each time.</summary>
public sealed class NodeProbe(NodeConnector connector, TimeProvider time)
{
    /// <summary>Of a body: enough for any report of health. What is longer is cut off.</summary>
    private const int MaxBodyBytes = 64 * 1024;

    private static readonly string UserAgent = $"bascule/{typeof(NodeProbe).Assembly.GetName().Version?.ToString(3)}";

    // The one limit is that of the whole check.
    private static readonly DialLimits NoLimits = new(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>One check. Whatever comes of it, its connection is closed afterwards.</summary>
    /// <param name="kind"><c>http</c>: a status of 2xx or 3xx; <c>tcp</c>: a connection, with TLS where the node has it; <c>webSocket</c>: a valid 101.</param>
    /// <returns>Null when all was well, else what was seen, for a person.</returns>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<string?> CheckAsync(NodeAddress node, HealthCheck kind, string path, TimeSpan timeout, CancellationToken cancellation)
    {
        using var deadline = new StepDeadline(time, cancellation);
        deadline.Begin(timeout);
        try
        {
            return kind switch
            {
                HealthCheck.Http => await GetAsync(node, path, deadline),
                HealthCheck.Tcp => await ConnectAsync(node, deadline),
                HealthCheck.WebSocket => await UpgradeAsync(node, path, deadline),
                _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "This check has no code."),
            };
        }
        catch (OperationCanceledException) when (deadline.IsOver)
        {
            deadline.ThrowIfGivenUp();
            return kind switch
            {
                HealthCheck.Tcp => $"{node} took no connection within {timeout.TotalSeconds:0.##} s",
                _ => $"GET {path} had no answer within {timeout.TotalSeconds:0.##} s",
            };
        }
    }

    private async Task<string?> ConnectAsync(NodeAddress node, StepDeadline deadline)
    {
        using var own = new StepDeadline(time, deadline.Token);
        var (connection, failure) = await connector.ConnectAsync(node, ConnectionUse.Http, NoLimits.Connect, own);
        connection?.Cut();
        return failure?.Detail;
    }

    private async Task<string?> GetAsync(NodeAddress node, string path, StepDeadline deadline)
    {
        try
        {
            using var connection = await NodeDialer.DialAsync(connector, node, NoLimits.Connect, time, deadline.Token);
            await connection.WriteAsync(RequestFor(node, path), deadline.Token);
            AnswerHead head;
            do
                head = await AnswerHeadReader.ReadAsync(connection, deadline.Token);
            while (head.Status is < 200 and not 101);
            if (head.Status is not (>= 200 and < 400))
                return $"GET {path} answered {head.Status}";
            await ReadBodyAsync(connection, head, deadline);
            return null;
        }
        catch (ForwardEndedException ended)
        {
            return ended.Ending.Detail;
        }
        catch (IOException broken)
        {
            return $"GET {path}: {NodeConnector.Words(broken)}";
        }
    }

    /// <summary>The status has decided. The body is read so that the node does not see its answer broken off; how that ends makes no difference.</summary>
    private static async Task ReadBodyAsync(BackendConnection connection, AnswerHead head, StepDeadline deadline)
    {
        try
        {
            var (framing, length) = head.FramingFor("GET");
            var body = new AnswerBody(framing, length);
            for (var bytes = 0; bytes < MaxBodyBytes && !body.IsDone;)
            {
                while (body.TryTake(connection.Buffered, out var consumed, out _))
                {
                    connection.Consume(consumed);
                    bytes += consumed;
                }

                if (!body.IsDone && !await connection.FillAsync(deadline.Token))
                    break;
            }
        }
        catch (Exception e) when (e is ForwardEndedException or IOException || (e is OperationCanceledException && deadline.IsOver))
        {
            deadline.ThrowIfGivenUp();
        }
    }

    private async Task<string?> UpgradeAsync(NodeAddress node, string path, StepDeadline deadline)
    {
        var headers = new HeaderList(1);
        headers.Add("User-Agent", UserAgent);
        var target = new DialTarget(node.Node, node.InsecureTls, path, headers, new UpgradeOffer(null, [], [], null)) { Address = node.Address };
        var result = await new BackendDialer(connector, NoLimits, time).DialAsync(target, deadline.Token);
        if (result.Link is not { } link)
            return result.Ending!.Value.Detail ?? result.Ending.Value.Reason.Text;
        await CloseAsync(link.Endpoint, deadline);
        return null;
    }

    /// <summary>Says goodbye with 1000 and waits for the node to answer and end, for as long as the check may take. Whether it does makes no difference.</summary>
    private static async Task CloseAsync(RelayEndpoint endpoint, StepDeadline deadline)
    {
        await using var onOver = deadline.Token.UnsafeRegister(static endpoint => ((RelayEndpoint)endpoint!).Abort(), endpoint);
        var buffer = ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            var length = ControlFrame.WriteClose(buffer, CloseCodes.Normal, "", (uint)Random.Shared.NextInt64(uint.MaxValue + 1L));
            await endpoint.Stream.WriteAsync(buffer.AsMemory(0, length), CancellationToken.None);
            while (await endpoint.Stream.ReadAsync(buffer, CancellationToken.None) > 0)
            {
                // Its answer, and whatever it sent before.
            }
        }
        catch (Exception e) when (RelaySide.IsConnectionFailure(e))
        {
            deadline.ThrowIfGivenUp();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            endpoint.Abort();
        }

        deadline.ThrowIfGivenUp();
    }

    private static ReadOnlyMemory<byte> RequestFor(NodeAddress node, string path)
    {
        var fields = new HeaderList(3);
        fields.Add("Host", node.Node.Authority);
        fields.Add("User-Agent", UserAgent);
        fields.Add("Connection", "close");
        var request = new ArrayBufferWriter<byte>(256);
        return HeadWriter.TryWriteRequest(request, "GET", path, fields)
            ? request.WrittenMemory
            : throw new ArgumentException($"The path {path} cannot stand in a request.", nameof(path));
    }
}
