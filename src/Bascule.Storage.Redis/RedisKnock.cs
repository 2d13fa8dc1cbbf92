using System.Net.Sockets;
using System.Text;
using Bascule.Settings;

namespace Bascule.Storage.Redis;

/// <summary>
/// Asks a Redis on a socket of its own what it has against us. The client names only the last of several failures,
/// and which one that is depends on timing: a refused password often looks like a server that is not there.
/// </summary>
internal static class RedisKnock
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    /// <summary>What Redis says against this password and the first command after it, without the minus; empty when it has nothing against them, or does not answer.</summary>
    internal static async Task<string> ObjectionAsync(StorageAddress address, TimeProvider time)
    {
        using var limit = new CancellationTokenSource(AnswerLimit, time);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(address.Host, address.Port, limit.Token);
            await using var stream = new NetworkStream(socket);
            using var answers = new StreamReader(stream, Encoding.UTF8);
            foreach (var command in address.Password.Length > 0 ? new[] { Command("AUTH", address.Password), Command("PING") } : [Command("PING")])
            {
                await stream.WriteAsync(command, limit.Token);
                if (await answers.ReadLineAsync(limit.Token) is ['-', .. var objection])
                    return objection;
            }

            return "";
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            // Then there is nothing to hear: the failure that led here says enough.
            return "";
        }
    }

    private static byte[] Command(params string[] words)
    {
        var text = new StringBuilder($"*{words.Length}\r\n");
        foreach (var word in words)
            text.Append('$').Append(Encoding.UTF8.GetByteCount(word)).Append("\r\n").Append(word).Append("\r\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
