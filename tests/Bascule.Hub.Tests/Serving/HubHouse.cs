using System.Net;
using System.Net.Sockets;
using Bascule.Model;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Hub.Tests;

/// <summary>A hub with real sockets before it, on a port of its own.</summary>
internal sealed class HubHouse : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<HubGuest> _guests = [];

    internal HubHouse(HubSettings? settings = null, TimeProvider? time = null)
    {
        Settings = settings ?? new HubSettings();
        Clock = time ?? TimeProvider.System;
        Hub = new TopicHub(Settings, Clock, FrameEncoders.For);
        Log = new LocalLog(Settings.History, Clock);
        Log.Add(Hub);
        Serving = new HubServing(Hub, Settings, loops: 2, Clock);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(2000);
    }

    internal HubSettings Settings { get; }

    internal TimeProvider Clock { get; }

    /// <summary>Where a test moves it.</summary>
    internal ManualTime Time => (ManualTime)Clock;

    internal TopicHub Hub { get; }

    internal LocalLog Log { get; }

    internal HubServing Serving { get; }

    internal TestDoor Door { get; } = new();

    /// <summary>Of a client that may do all.</summary>
    internal static HubTerms Terms { get; } = new(new AttemptId(1, 2), "session-1", SpeaksBascule: true)
    {
        Grants = new HubGrants(TopicGrants.Everything, TopicGrants.Everything),
        User = "ann",
    };

    /// <summary>Connects, and serves the other end.</summary>
    /// <param name="throughStream">As with TLS: frames go over the stream, not straight onto the socket.</param>
    /// <param name="receiveBuffer">Bytes; 0: as the system has it.</param>
    internal async Task<HubGuest> ConnectAsync(HubTerms? terms = null, bool throughStream = false, byte[]? early = null, int receiveBuffer = 0)
    {
        terms ??= Terms;
        var near = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer > 0)
            near.ReceiveBufferSize = near.SendBufferSize = receiveBuffer;
        var accepting = _listener.AcceptAsync();
        await near.ConnectAsync(_listener.LocalEndPoint!);
        var far = await accepting;
        far.NoDelay = true;
        if (receiveBuffer > 0)
            far.ReceiveBufferSize = far.SendBufferSize = receiveBuffer;
        var client = new HubClient(new NetworkStream(far, ownsSocket: true), far.Dispose, throughStream ? null : far, early ?? default(ReadOnlyMemory<byte>));
        var connection = Serving.Open(client, terms, Door);
        var guest = new HubGuest(near, terms.Deflate, connection, RunAsync(connection, client));
        _guests.Add(guest);
        return guest;
    }

    /// <summary>Connects a client of bascule.v1 that has read its welcome.</summary>
    internal async Task<HubGuest> ConnectWelcomedAsync(HubTerms? terms = null, bool throughStream = false)
    {
        var guest = await ConnectAsync(terms, throughStream);
        await guest.ReadAsync("welcome");
        // The sender notes when it wrote, and that may be after the guest has read it: no clock moves before.
        await Patience.UntilAsync(() => guest.Connection.Facts.Counts.MessagesOut > 0);
        return guest;
    }

    /// <summary>Publishes text; the cursor behind it.</summary>
    internal string Publish(string topic, string payload) => Log.Publish(topic, null, System.Text.Encoding.UTF8.GetBytes(payload), null).Cursor;

    /// <summary>Moves the clock, step by step, until the task is done.</summary>
    internal async Task AdvanceUntilAsync(Task task, TimeSpan? step = null)
    {
        var guarded = task.Soon();
        while (!guarded.IsCompleted)
        {
            Time.Advance(step ?? TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }

        await guarded;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var guest in _guests)
            await guest.DisposeAsync();
        await Serving.DisposeAsync();
        await Hub.DisposeAsync();
        _listener.Dispose();
    }

    private static async Task<HubEnd> RunAsync(HubConnection connection, HubClient client)
    {
        try
        {
            return await connection.RunAsync();
        }
        finally
        {
            await client.Stream.DisposeAsync();
        }
    }
}
