using Bascule.Protocol;
using Bascule.Settings;

namespace Bascule.Relay.Tests;

/// <summary>Whatever is sent, in whatever pieces: what goes in comes out, but for our own pings and their answers.</summary>
public sealed class RandomTrafficTests
{
    /// <summary>The length of our own pings; the random ones have any other.</summary>
    private const int OwnPingLength = 8;

    /// <summary>Pings all the time, but nobody is given up: the clock runs wild.</summary>
    private static readonly RelayTerms Terms = RelayRig.Terms with { Heartbeat = new HeartbeatSettings { Timeout = TimeSpan.FromDays(10_000), Stale = TimeSpan.Zero } };

    [Fact]
    public async Task Random_traffic_in_both_directions_comes_out_as_it_went_in()
    {
        for (var seed = 1; seed <= 25; seed++)
        {
            await using var rig = await RelayRig.StartAsync(Terms, reservedBits: FrameHeader.Reserved1);
            var up = RandomFrames(rig.Client, new Random(seed));
            var down = RandomFrames(rig.Backend, new Random(-seed));
            var client = ReceiveAsync(rig.Client, down.Count);
            var backend = ReceiveAsync(rig.Backend, up.Count);

            var sending = Task.WhenAll(SendInPiecesAsync(rig.Client, up, new Random(seed)), SendInPiecesAsync(rig.Backend, down, new Random(seed)));
            while (!client.IsCompleted || !backend.IsCompleted)
            {
                // The clock runs, so that pings of ours fall in between now and then.
                rig.Time.Advance(TimeSpan.FromSeconds(25));
                await Moment.PassAsync();
                if (rig.Outcome.IsCompleted)
                    Assert.Fail($"seed {seed}: {await rig.Outcome}");
            }

            await sending;
            AssertSame(down, await client, seed);
            AssertSame(up, await backend, seed);
        }
    }

    private static List<WireFrame> RandomFrames(WirePeer from, Random random)
    {
        var frames = new List<WireFrame>();
        var inMessage = false;
        for (var i = 0; i < 60; i++)
        {
            var control = random.Next(4) == 0;
            var final = control || random.Next(3) > 0;
            var opcode = control ? (random.Next(2) == 0 ? Opcode.Ping : Opcode.Pong)
                : inMessage ? Opcode.Continuation
                : random.Next(2) == 0 ? Opcode.Text : Opcode.Binary;
            var length = control ? random.Next(OwnPingLength + 1, 126) : random.Next(6) switch { 0 => 0, 1 => random.Next(100_000), 2 => random.Next(32_000, 34_000), _ => random.Next(300) };
            var payload = new byte[length];
            random.NextBytes(payload);
            var compressed = opcode is Opcode.Text or Opcode.Binary && random.Next(2) == 0;
            frames.Add(from.Frame(opcode, payload, final, compressed ? FrameHeader.Reserved1 : (byte)0));
            if (!control)
                inMessage = !final;
        }

        return frames;
    }

    private static async Task SendInPiecesAsync(WirePeer from, List<WireFrame> frames, Random random)
    {
        var rest = frames.SelectMany(f => f.Bytes).ToArray().AsMemory();
        while (!rest.IsEmpty)
        {
            var piece = Math.Min(rest.Length, random.Next(3) == 0 ? random.Next(1, 20) : random.Next(1, 50_000));
            await from.SendAsync(rest[..piece]);
            rest = rest[piece..];
        }
    }

    /// <summary>The frames of the other side: pings of the relay itself are left out.</summary>
    private static async Task<List<WireFrame>> ReceiveAsync(WirePeer peer, int count)
    {
        var frames = new List<WireFrame>();
        while (frames.Count < count)
        {
            var frame = await peer.ReceiveAsync();
            if (frame is not { Opcode: Opcode.Ping, Payload.Length: OwnPingLength })
                frames.Add(frame);
        }

        return frames;
    }

    private static void AssertSame(List<WireFrame> sent, List<WireFrame> received, int seed)
    {
        Assert.Equal(sent.Count, received.Count);
        for (var i = 0; i < sent.Count; i++)
            Assert.True(sent[i].Bytes.AsSpan().SequenceEqual(received[i].Bytes), $"seed {seed}: frame {i} was {sent[i].Header} and became {received[i].Header}");
    }
}
