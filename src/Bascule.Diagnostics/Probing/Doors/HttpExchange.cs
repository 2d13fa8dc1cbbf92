using System.Globalization;
using System.Text;
using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>Asks and listens, once for each connection.</summary>
internal sealed class HttpExchange(ProbeDoor door, PeerClock clock)
{
    private const int MostBody = 4096;

    // In all: a body that stalls, or that drips for ever, has told enough.
    private static readonly TimeSpan BodyPatience = TimeSpan.FromSeconds(1);

    /// <summary>Asks, and keeps only the answer.</summary>
    internal async Task<HttpAnswer> AskAsync(HeadText request, CancellationToken interruption)
    {
        var (answer, peer) = await OpenAsync(request, interruption);
        if (peer is not null)
            await peer.DisposeAsync();
        return answer;
    }

    /// <summary>Asks; after a 101 the connection is handed over, and the caller disposes it.</summary>
    internal Task<(HttpAnswer Answer, RawPeer? Peer)> OpenAsync(HeadText request, CancellationToken interruption) => OpenAsync(request, clock, interruption);

    /// <param name="patience">For each wait on this connection.</param>
    internal async Task<(HttpAnswer Answer, RawPeer? Peer)> OpenAsync(HeadText request, PeerClock patience, CancellationToken interruption)
    {
        var start = clock.Time.GetTimestamp();
        var opening = await door.OpenAsync(patience, interruption);
        if (opening.Peer is not { } peer)
            return (new HttpAnswer(null, PeerEnd.None, "", clock.Time.GetElapsedTime(start), opening.Why), null);
        var secrets = door.Secrets;
        var keep = false;
        try
        {
            // A server may answer before it has read all of the request, and even end the connection: what it said counts.
            await peer.SendAsync(request, interruption);
            var read = await peer.ReadAnswerAsync(interruption);
            var took = clock.Time.GetElapsedTime(start);
            keep = read.Head?.Status == 101;
            var body = keep ? "" : read.Head is null ? Text(peer.Unread) : await BodyAsync(peer, read.Head, interruption);
            var fault = read.Head is null ? HeadFault.Of(peer.Unread, secrets.Hide) : null;
            return (new HttpAnswer(read.Head, read.End, secrets.Hide(body), took, null) { Connected = opening.Connected, Fault = fault, Masked = secrets.Hide }, keep ? peer : null);
        }
        finally
        {
            if (!keep)
                await peer.DisposeAsync();
        }
    }

    private async Task<string> BodyAsync(RawPeer peer, ResponseHead head, CancellationToken interruption)
    {
        var isChunked = head.Headers.Joined("Transfer-Encoding")?.Contains("chunked", StringComparison.OrdinalIgnoreCase) == true;
        var length = long.TryParse(head.Headers.First("Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out var given) && !isChunked ? given : long.MaxValue;
        if (head.Status is 204 or 304)
            length = 0;
        var patience = clock.StepLimit < BodyPatience ? clock.StepLimit : BodyPatience;
        var start = clock.Time.GetTimestamp();
        while (peer.Unread.Length < Math.Min(length, MostBody) && !(isChunked && peer.Unread.EndsWith("0\r\n\r\n"u8)))
        {
            var left = patience - clock.Time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero || await peer.ReceiveAsync(left, interruption) != PeerEnd.None)
                break;
        }

        return isChunked ? Joined(Text(peer.Unread)) : Text(peer.Unread[..(int)Math.Min(peer.Unread.Length, length)]);
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, MostBody)]);

    /// <summary>The chunks of a body without their lengths; what is cut off stays off.</summary>
    private static string Joined(string chunked)
    {
        var body = new StringBuilder();
        while (chunked.IndexOf("\r\n", StringComparison.Ordinal) is var end and > 0
            && int.TryParse(chunked.AsSpan(0, end), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var length) && length > 0)
        {
            var data = chunked[(end + 2)..];
            body.Append(data, 0, Math.Min(length, data.Length));
            chunked = data.Length > length + 2 ? data[(length + 2)..] : "";
        }

        return body.ToString();
    }
}
