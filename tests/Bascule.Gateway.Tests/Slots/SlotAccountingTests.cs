using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Gateway.Tests;

/// <summary>Whatever breaks, and whenever: the slot comes back, nobody is left watching, and the journal says how it ended.</summary>
public sealed class SlotAccountingTests : GatewayTest
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    /// <summary>The part of a message that is there when something breaks.</summary>
    private const int PartBytes = 100_000;

    private readonly string _attempt = AttemptId.New().ToString();

    public static TheoryData<Point, Break, Listener, string> Breakages
    {
        get
        {
            var rows = new TheoryData<Point, Break, Listener, string>();
            foreach (var listener in Enum.GetValues<Listener>())
            {
                Add(Point.Waiting, listener, (Break.ClientReset, "client_gave_up"), (Break.ClientFin, "client_gave_up"), (Break.Silence, "queue_timeout"), (Break.Stop, "gateway_stopping"));
                Add(Point.Dialing, listener, (Break.ClientReset, "client_gave_up"), (Break.ClientFin, "client_gave_up"), (Break.BackendReset, "backend_tls_failed"),
                    (Break.BackendFin, "backend_tls_failed"), (Break.Silence, "backend_connect_timeout"), (Break.Stop, "gateway_stopping"));
                Add(Point.Unanswered, listener, (Break.ClientReset, "client_gave_up"), (Break.ClientFin, "client_gave_up"), (Break.BackendReset, "backend_closed_early"),
                    (Break.BackendFin, "backend_closed_early"), (Break.Silence, "backend_silent"), (Break.Stop, "gateway_stopping"));
                foreach (var point in new[] { Point.Open, Point.Relaying })
                {
                    Add(point, listener, (Break.ClientReset, "client_lost"), (Break.ClientFin, "client_lost"), (Break.BackendReset, "backend_lost"),
                        (Break.BackendFin, "backend_lost"), (Break.Silence, "_heartbeat_lost"), (Break.Stop, "draining"));
                }

                Add(Point.Closing, listener, Enum.GetValues<Break>().Select(b => (b, "client_closed")).ToArray());
            }

            return rows;

            void Add(Point point, Listener listener, params (Break Broken, string Label)[] endings)
            {
                foreach (var (broken, label) in endings)
                    rows.Add(point, broken, listener, label);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Breakages))]
    public async Task Nothing_is_left(Point point, Break broken, Listener listener, string label)
    {
        var (client, backend) = await ReachAsync(point, listener);
        Assert.Equal(1, Gateway.SlotsInUse);

        switch (broken)
        {
            case Break.ClientReset:
                client.Reset();
                break;
            case Break.ClientFin:
                client.Finish();
                break;
            case Break.BackendReset:
                backend!.Reset();
                break;
            case Break.BackendFin:
                backend!.Finish();
                break;
        }

        // The gateway's own listener looks for clients that left once a second, on the clock of the test.
        if ((broken is Break.ClientReset or Break.ClientFin) && (point >= Point.Open || listener == Listener.Kestrel))
            await NoticedAsync(point, backend);
        else if (broken is Break.BackendReset or Break.BackendFin)
            await NoticedAsync(point, client);
        await using (var stop = broken == Break.Stop ? new Stop(Gateway) : null)
            await EndAsync();

        var end = Assert.Single(Gateway.Log.EndsOf(_attempt));
        Assert.EndsWith(label, end.Field("Reason"), StringComparison.Ordinal);
        Assert.Equal((0, 0, 0, 0), (Gateway.SlotsInUse, Gateway.Waiting, Gateway.Rooms.Sweep.Count, Gateway.Rooms.Journal.OpenCount));
        Assert.True(AttemptId.TryParse(_attempt, out var id));
        Assert.Equal(end.Field("Reason"), Gateway.Rooms.Journal.Find(id)!.End!.Ending.Reason.Label);
        Assert.DoesNotContain(Gateway.Log.All, e => e.Event == "GatewayFault");
    }

    /// <summary>Waits until the gateway has acted, so that no deadline can come before: it answers and logs, or tells or cuts the other side.</summary>
    private async Task NoticedAsync(Point point, Wire? otherSide)
    {
        if (point < Point.Open)
            await Gateway.Log.EndOfAsync(_attempt);
        else if (point < Point.Closing)
            await otherSide!.ReadSomeAsync();
    }

    /// <summary>Lets time pass until the attempt is over, and then whoever held the slot before it.</summary>
    private async Task EndAsync()
    {
        await Eventually.HoldsAsync(() =>
        {
            if (Gateway.Rooms.Journal.OpenCount > 0)
                Gateway.Time.Advance(Step);
            return Gateway.Rooms.Journal.OpenCount == 0;
        });
    }

    private async Task<(Wire Client, Wire? Backend)> ReachAsync(Point point, Listener listener)
    {
        await StartAsync((point == Point.Dialing ? Configured.For(Backend.TlsUrl) : Settings).WithPool(p => p with { SlotsPerNode = 1 }));
        var ask = new Ask($"/ws?bascule_attempt={_attempt}");
        if (listener == Listener.Kestrel)
            ask = ask.ForKestrel();
        if (point == Point.Waiting)
        {
            await Gateway.JoinAsync(Backend);
            var waiting = await Gateway.SendAsync(ask);
            await Eventually.HoldsAsync(() => Gateway.Waiting == 1);
            return (waiting, null);
        }

        if (point > Point.Unanswered)
            return await RelayAsync(point, ask);
        var client = await Gateway.SendAsync(ask);
        var backend = Gateway.Keep(await Backend.AcceptAsync());
        await backend.ReadSomeAsync();
        return (client, backend);
    }

    private async Task<(Wire Client, Wire Backend)> RelayAsync(Point point, Ask ask)
    {
        var (client, backend) = await Gateway.JoinAsync(Backend, ask);
        if (point == Point.Relaying)
        {
            var header = new byte[FrameHeader.MaxLength];
            var length = FrameHeader.For(Opcode.Binary, 1_000_000, 0x01020304u).Write(header);
            await client.SendAsync(header[..length]);
            await client.SendAsync(new byte[PartBytes]);
            await backend.TakeAsync(length + PartBytes);
        }
        else if (point == Point.Closing)
        {
            await client.SendCloseAsync(1000, "bye", masked: true);
            await backend.ReadCloseAsync();
        }

        return (client, backend);
    }
}
