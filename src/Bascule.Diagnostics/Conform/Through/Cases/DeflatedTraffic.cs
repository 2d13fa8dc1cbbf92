using System.IO.Compression;
using System.Text;
using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>Messages of permessage-deflate whose later ones can only be read with what the earlier ones said.</summary>
internal static class DeflatedTraffic
{
    private static readonly string[] Texts =
    [
        string.Concat(Enumerable.Repeat("the same words, again and again; ", 40)),
        string.Concat(Enumerable.Repeat("the same words, again and again; ", 41)),
        "short",
    ];

    internal static async Task<Observation> PlayAsync(ThroughStage stage, Way way, CancellationToken interruption)
    {
        await using var attempt = await stage.AttemptAsync(stage.Front.Upgrade().With("Sec-WebSocket-Extensions", "permessage-deflate"), interruption);
        var call = await attempt.ReachedAsync();
        if (call.Head.Headers.First("Sec-WebSocket-Extensions")?.Contains("permessage-deflate", StringComparison.Ordinal) != true)
            return Observation.NotApplicable("the offer of permessage-deflate did not reach the back end");
        var got = await attempt.AcceptAsync(interruption, [new("Sec-WebSocket-Extensions", "permessage-deflate")]);
        if (got.Head is not { Status: 101 } head || head.Headers.First("Sec-WebSocket-Extensions") is null)
            return Observation.NotApplicable($"the client did not get the choice of permessage-deflate ({got})");
        await using var pair = attempt.ToPair(stage.Clock);
        var payloads = Compressed().ToList();
        List<byte[]> arrived = [];
        foreach (var payload in payloads)
        {
            var seen = await pair.PassAsync(way, [RawFrame.Text(payload) with { Reserved = FrameHeader.Reserved1 }], interruption);
            if (!seen.IsWhole || seen.Frames[0].Reserved != FrameHeader.Reserved1)
                return Observation.Failed(seen.ToString(), "The compressed message: both ends agreed on it.");
            arrived.Add(seen.Payload);
        }

        if (arrived.Zip(payloads).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)))
            return Observation.Passed($"{payloads.Count} messages arrived as they were compressed");
        return Inflated(arrived) == string.Concat(Texts)
            ? Observation.Lenient("they arrived compressed anew", "The bytes of the sender: to compress again costs processor time and memory for each connection.")
            : Observation.Failed("what arrived cannot be inflated to what was sent", "The same messages.");
    }

    /// <summary>One stream of deflate, cut after each message as RFC 7692 §7.2.1 says.</summary>
    private static IEnumerable<byte[]> Compressed()
    {
        using var all = new MemoryStream();
        using var deflate = new DeflateStream(all, CompressionLevel.Optimal);
        foreach (var text in Texts)
        {
            var start = (int)all.Length;
            deflate.Write(Encoding.UTF8.GetBytes(text));
            deflate.Flush();
            var flushed = all.ToArray();
            // The four bytes 00 00 ff ff that end every flush are left out.
            yield return flushed[start..^4];
        }
    }

    private static string Inflated(IEnumerable<byte[]> messages)
    {
        using var stream = new MemoryStream([.. messages.SelectMany(m => (byte[])[.. m, 0, 0, 0xFF, 0xFF]), 1, 0, 0, 0xFF, 0xFF]);
        using var inflate = new DeflateStream(stream, CompressionMode.Decompress);
        using var text = new StreamReader(inflate, Encoding.UTF8);
        try
        {
            return text.ReadToEnd();
        }
        catch (InvalidDataException e)
        {
            return e.Message;
        }
    }
}
