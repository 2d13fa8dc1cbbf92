using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Bascule.Settings;

namespace Bascule.Storage.Redis;

/// <summary>Redis said no; the message is what it said.</summary>
internal sealed class RedisRefusedException(string message) : Exception(message);

/// <summary>One connection to Redis with the answers in the order in which they came (RESP 2). When it breaks it is over: nothing reconnects behind the back of its reader,
/// so that what was lost meanwhile is never overlooked.</summary>
/// <remarks>The client library reconnects by itself, shares its connection, and cannot wait for streams; here each of the three would lose messages in silence or block others.</remarks>
internal sealed class RespConnection : IAsyncDisposable
{
    // Longer than the pause of a Redis that loads, saves or is moved; after that it is as good as away. As RedisLink.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    // What Redis itself allows: proto-max-bulk-len.
    private const int MostBytes = 512 * 1024 * 1024;

    // Streams nest four deep; entries of one answer are bounded by COUNT.
    private const int DeepestNesting = 8;
    private const int MostItems = 1 << 20;

    private readonly NetworkStream _stream;
    private readonly TimeProvider _time;
    private byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;

    private RespConnection(Socket socket, TimeProvider time)
    {
        _stream = new NetworkStream(socket, ownsSocket: true);
        _time = time;
    }

    /// <summary>Connected, with the password accepted and the database chosen.</summary>
    /// <exception cref="RedisRefusedException">Redis says why not. Other failures are those of <see cref="IsLoss"/>.</exception>
    internal static async Task<RespConnection> OpenAsync(StorageAddress address, TimeProvider time, CancellationToken cancellation)
    {
        var connection = new RespConnection(await ConnectAsync(address, time, cancellation), time);
        try
        {
            if (address.Password.Length > 0)
                await connection.AskAsync(cancellation, "AUTH", address.Password);
            await connection.AskAsync(cancellation, "SELECT", address.Database);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static async Task<Socket> ConnectAsync(StorageAddress address, TimeProvider time, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await WithinAsync(AnswerLimit, time, async limit => await socket.ConnectAsync(address.Host, address.Port, limit), cancellation);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Whether the exception means that the connection is over, as opposed to a fault of ours.</summary>
    internal static bool IsLoss(Exception e) => e is IOException or SocketException or ObjectDisposedException or TimeoutException or RedisRefusedException;

    /// <summary>Sends one command and reads its answer.</summary>
    internal Task<object?> AskAsync(CancellationToken cancellation, params IEnumerable<string> words) => AskAsync(AnswerLimit, cancellation, words);

    /// <summary>The same for a command that may take as long as <paramref name="limit"/>.</summary>
    internal async Task<object?> AskAsync(TimeSpan limit, CancellationToken cancellation, params IEnumerable<string> words)
    {
        object? answer = null;
        await WithinAsync(limit, _time, async token =>
        {
            await SendAsync(token, words);
            answer = await ReadAsync(token);
        }, cancellation);
        return answer is RedisRefusedException refusal ? throw refusal : answer;
    }

    internal async Task SendAsync(CancellationToken cancellation, params IEnumerable<string> words)
    {
        var command = words.ToArray();
        var text = new StringBuilder($"*{command.Length}\r\n");
        foreach (var word in command)
            text.Append('$').Append(Encoding.UTF8.GetByteCount(word)).Append("\r\n").Append(word).Append("\r\n");
        await _stream.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), cancellation);
    }

    /// <summary>The next answer: a <see cref="long"/>, a byte array, a list of answers, null, or a <see cref="RedisRefusedException"/> as a value.</summary>
    internal ValueTask<object?> ReadAsync(CancellationToken cancellation) => ReadAsync(0, cancellation);

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async ValueTask<object?> ReadAsync(int depth, CancellationToken cancellation)
    {
        var line = await ReadLineAsync(cancellation);
        var rest = line.Length > 0 ? line[1..] : "";
        switch (line.Length > 0 ? line[0] : ' ')
        {
            case '+':
                return Encoding.UTF8.GetBytes(rest);
            case '-':
                return new RedisRefusedException(rest);
            case ':' when long.TryParse(rest, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number):
                return number;
            case '$' when Length(rest, MostBytes) is { } bytes:
                return bytes < 0 ? null : await ReadBulkAsync(bytes, cancellation);
            case '*' when Length(rest, MostItems) is { } count && depth < DeepestNesting:
                if (count < 0)
                    return null;
                var items = new object?[count];
                for (var i = 0; i < count; i++)
                    items[i] = await ReadAsync(depth + 1, cancellation);
                return items;
            default:
                throw new IOException("what answers there does not speak the protocol of Redis");
        }
    }

    private static int? Length(string text, int most) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var length) && length >= -1 && length <= most ? length : null;

    private async ValueTask<byte[]> ReadBulkAsync(int length, CancellationToken cancellation)
    {
        var bytes = new byte[length];
        var filled = Math.Min(length, _end - _start);
        _buffer.AsSpan(_start, filled).CopyTo(bytes);
        _start += filled;
        if (filled < length)
            await _stream.ReadExactlyAsync(bytes.AsMemory(filled), cancellation);
        await ReadLineAsync(cancellation);
        return bytes;
    }

    private async ValueTask<string> ReadLineAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var end = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8);
            if (end >= 0)
            {
                var line = Encoding.UTF8.GetString(_buffer, _start, end);
                _start += end + 2;
                return line;
            }

            if (_start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                (_start, _end) = (0, _end - _start);
            }

            // No line is long: values of others come with their length, and errors are sentences.
            if (_end == _buffer.Length)
                throw new IOException("what answers there sends lines without an end");
            var read = await _stream.ReadAsync(_buffer.AsMemory(_end), cancellation);
            if (read == 0)
                throw new IOException("it closed the connection");
            _end += read;
        }
    }

    private static async Task WithinAsync(TimeSpan limit, TimeProvider time, Func<CancellationToken, Task> act, CancellationToken cancellation)
    {
        using var clock = new CancellationTokenSource(limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancellation);
        try
        {
            await act(both.Token);
        }
        catch (OperationCanceledException e) when (clock.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"it did not answer within {limit.TotalSeconds:0} s", e);
        }
    }
}
