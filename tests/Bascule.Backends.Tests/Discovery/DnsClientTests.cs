using System.Net;
using System.Net.Sockets;
using Bascule.Testing;

namespace Bascule.Backends.Tests;

/// <summary>What the DNS client makes of servers that are slow, wrong, gone or hostile. Real sockets; the clock only moves where a test moves it.</summary>
public sealed class DnsClientTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task Forged_and_malformed_packets_before_the_true_answer_are_passed_over()
    {
        await using var server = new RawDnsServer(question =>
        [
            [], [1, 2, 3], [.. question], .. Enumerable.Range(1, 20).Select(guess => WithId(Wire.Answer(question, Wire.Address("6.6.6.6")), (byte)guess)),
            Wire.Answer(question, Wire.Address("10.0.0.7", 30)),
        ]);

        var answer = await Client(server.EndPoint).AskAsync("kb.example.com", DnsType.A, default).Soon();

        Assert.Equal(("10.0.0.7", TimeSpan.FromSeconds(30), null), (answer.Records.Single().Address!.ToString(), answer.TimeToLive, answer.Fault));
    }

    [Fact]
    public async Task Ids_and_ports_are_not_used_again()
    {
        var ids = new List<int>();
        await using var server = new RawDnsServer(question =>
        {
            ids.Add((question[0] << 8) | question[1]);
            return [Wire.Answer(question, Wire.Address("10.0.0.7"))];
        });

        for (var ask = 0; ask < 50; ask++)
            await Client(server.EndPoint).AskAsync("kb.example.com", DnsType.A, default).Soon();

        // Of 50 random ids out of 65,536 two are equal once in fifty runs; four pairs never are.
        Assert.InRange(ids.Distinct().Count(), 47, 50);
    }

    [Fact]
    public async Task A_silent_server_is_left_for_the_next_after_its_time()
    {
        await using var silent = new RawDnsServer(_ => []);
        await using var good = new RawDnsServer(question => [Wire.Answer(question, Wire.Address("10.0.0.7"))]);
        var asking = Client(silent.EndPoint, good.EndPoint).AskAsync("kb.example.com", DnsType.A, default);
        await Patience.UntilAsync(() => silent.Questions == 1 && _time.ArmedTimers == 1);

        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Single((await asking.Soon()).Records);
    }

    [Fact]
    public async Task When_nobody_answers_the_last_one_is_named()
    {
        await using var silent = new RawDnsServer(_ => []);
        var asking = Client(silent.EndPoint).AskAsync("kb.example.com", DnsType.A, default);
        await Patience.UntilAsync(() => asking.IsCompleted, () => _time.Advance(TimeSpan.FromSeconds(1)));

        Assert.Equal($"asked for kb.example.com, {silent.EndPoint} gave no valid answer within 2 s", (await asking).Fault);
        Assert.Equal(2, silent.Questions);
    }

    [Fact]
    public async Task A_server_that_fails_or_refuses_is_left_for_the_next_at_once()
    {
        await using var failing = new RawDnsServer(question => [Wire.Answer(question, 0x8182)]);
        await using var good = new RawDnsServer(question => [Wire.Answer(question, Wire.Address("10.0.0.7"))]);

        Assert.Null((await Client(failing.EndPoint, good.EndPoint).AskAsync("kb.example.com", DnsType.A, default).Soon()).Fault);
        Assert.Equal(
            $"asked for kb.example.com, {failing.EndPoint} answered with error 2",
            (await Client(failing.EndPoint).AskAsync("kb.example.com", DnsType.A, default).Soon()).Fault);
    }

    [Fact]
    public async Task Where_no_server_listens_that_is_said()
    {
        var nobody = OwnAddress.Next();

        var answer = await Client(nobody).AskAsync("kb.example.com", DnsType.A, default).Soon();

        Assert.StartsWith($"asked for kb.example.com, {nobody} could not be reached: ", answer.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Aliases_are_followed_within_an_answer_and_beyond_it()
    {
        await using var server = new RawDnsServer(question => question[13] switch
        {
            (byte)'k' =>
            [
                Wire.Answer(question, Wire.Address(Wire.Name("far.example.com"), "6.6.6.6"), Wire.Alias(Wire.Name("b.example.com"), "c.example.com", 20),
                    Wire.Alias(Wire.Asked, "b.example.com", 90)),
            ],
            _ => [Wire.Answer(question, Wire.Address("10.0.0.7", 60))],
        });

        var answer = await Client(server.EndPoint).AskAsync("kb.example.com", DnsType.A, default).Soon();

        Assert.Equal(("10.0.0.7", TimeSpan.FromSeconds(20)), (answer.Records.Single().Address!.ToString(), answer.TimeToLive));
        Assert.Equal(2, server.Questions);
    }

    [Fact]
    public async Task A_ring_of_aliases_ends()
    {
        await using var server = new RawDnsServer(question => [Wire.Answer(question, Wire.Alias(Wire.Asked, "kb.example.com"))]);

        var answer = await Client(server.EndPoint).AskAsync("kb.example.com", DnsType.A, default).Soon();

        Assert.Equal("more than 16 aliases lead on from one another, the last is kb.example.com", answer.Fault);
        Assert.InRange(server.Questions, 1, 17);
    }

    [Fact]
    public async Task A_ring_of_aliases_over_many_answers_ends_too()
    {
        var next = 0;
        await using var server = new RawDnsServer(question => [Wire.Answer(question, Wire.Alias(Wire.Asked, $"n{next++}.example.com"))]);

        Assert.StartsWith("more than 16 aliases", (await Client(server.EndPoint).AskAsync("kb.example.com", DnsType.A, default).Soon()).Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_answer_is_fetched_by_TCP_and_one_that_breaks_off_is_a_fault()
    {
        await using var server = new RawDnsServer(question => [Wire.Answer(question, 0x8380)]);
        using var listener = new TcpListener(server.EndPoint);
        listener.Start();
        var addresses = Enumerable.Range(1, 100).Select(at => $"10.0.0.{at}").ToList();

        var asking = Client(server.EndPoint).AskAsync("kb.example.com", DnsType.A, default);
        await ServeTcpAsync(listener, question => Wire.Answer(question, [.. addresses.Select(address => Wire.Address(address))]), cut: 0);
        Assert.Equal(addresses, (await asking.Soon()).Records.Select(record => record.Address!.ToString()));

        asking = new DnsClient(() => Settings(server.EndPoint) with { Attempts = 1 }, _time).AskAsync("kb.example.com", DnsType.A, default);
        await ServeTcpAsync(listener, question => Wire.Answer(question, Wire.Address("10.0.0.7")), cut: 1);
        Assert.Contains("broke the TCP connection", (await asking.Soon()).Fault, StringComparison.Ordinal);

        asking = new DnsClient(() => Settings(server.EndPoint) with { Attempts = 1 }, _time).AskAsync("kb.example.com", DnsType.A, default);
        await ServeTcpAsync(listener, question => WithId(Wire.Answer(question), 1), cut: 0);
        Assert.EndsWith("sent by TCP what is no answer to the question", (await asking.Soon()).Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Short_names_are_completed_by_the_search_list_until_one_exists()
    {
        var asked = new List<string>();
        await using var server = new RawDnsServer(question =>
        {
            asked.Add(question[13] == 'k' && question[16] == 'b' ? "b" : "other");
            return [question[16] == 'b' ? Wire.Answer(question, Wire.Address("10.0.0.7")) : Wire.Answer(question, 0x8183)];
        });
        var client = new DnsClient(() => Settings(server.EndPoint) with { Search = ["a.test", "b.test", "c.test"] }, _time);

        Assert.Single((await client.AskAsync("kb", DnsType.A, default).Soon()).Records);
        Assert.Equal(["other", "b"], asked);
        Assert.Equal("the DNS knows no name kb.", (await client.AskAsync("kb.", DnsType.A, default).Soon()).Fault);
    }

    [Fact]
    public async Task A_name_that_exists_without_such_records_is_not_looked_for_elsewhere()
    {
        await using var server = new RawDnsServer(question => [Wire.Answer(question)]);
        var client = new DnsClient(() => Settings(server.EndPoint) with { Search = ["a.test", "b.test"] }, _time);

        var answer = await client.AskAsync("kb", DnsType.Aaaa, default).Soon();

        Assert.Equal((0, null, 1), (answer.Records.Count, answer.Fault, server.Questions));
    }

    [Fact]
    public async Task A_name_that_no_DNS_can_hold_is_said_to_be_one()
    {
        var answer = await Client(new IPEndPoint(IPAddress.Loopback, 9)).AskAsync("a..b", DnsType.A, default).Soon();

        Assert.Equal("a..b is no name that the DNS could know", answer.Fault);
    }

    [Fact]
    public async Task Cancelling_ends_a_question()
    {
        await using var silent = new RawDnsServer(_ => []);
        using var cancellation = new CancellationTokenSource();
        var asking = Client(silent.EndPoint).AskAsync("kb.example.com", DnsType.A, cancellation.Token);
        await Patience.UntilAsync(() => silent.Questions == 1);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking.Soon());
    }

    [Fact]
    public void Literals_and_names_of_the_hosts_file_need_no_question()
    {
        var client = new DnsClient(() => ResolverSettings.Parse("", "127.0.0.1 localhost Here\n::1 localhost # comment\nnonsense"), _time);

        Assert.Equal([IPAddress.Loopback, IPAddress.IPv6Loopback], client.AddressesWithoutQuestion("localhost"));
        Assert.Equal([IPAddress.Loopback], client.AddressesWithoutQuestion("here."));
        Assert.Equal([IPAddress.Parse("2001:db8::1")], client.AddressesWithoutQuestion("2001:db8::1"));
        Assert.Null(client.AddressesWithoutQuestion("kb"));
    }

    [Fact]
    public void The_files_of_the_system_are_understood()
    {
        var settings = ResolverSettings.Parse(
            "# made by hand\nnameserver 10.0.0.53\nnameserver fe80::1%2\nnameserver nonsense\nsearch svc.test. test\noptions ndots:5 timeout:1 attempts:9 rotate\r\n", "");

        Assert.Equal([new IPEndPoint(IPAddress.Parse("10.0.0.53"), 53), new IPEndPoint(IPAddress.Parse("fe80::1%2"), 53)], settings.Servers);
        Assert.Equal((5, TimeSpan.FromSeconds(1), 5), (settings.Dots, settings.Timeout, settings.Attempts));
        Assert.Equal(["kb.svc.test", "kb.test", "kb"], settings.Candidates("kb"));
        Assert.Equal(["a.b.c.d.e.f", "a.b.c.d.e.f.svc.test", "a.b.c.d.e.f.test"], settings.Candidates("a.b.c.d.e.f"));
        Assert.Equal([new IPEndPoint(IPAddress.Loopback, 53)], ResolverSettings.Parse("", "").Servers);
        Assert.NotEmpty(ResolverSettings.OfSystem().Servers);
    }

    private DnsClient Client(params IPEndPoint[] servers) => new(() => Settings(servers), _time);

    private static ResolverSettings Settings(params IPEndPoint[] servers) => new() { Servers = servers };

    private static byte[] WithId(byte[] message, byte change) => [(byte)(message[0] ^ change), .. message[1..]];

    private static async Task ServeTcpAsync(TcpListener listener, Func<byte[], byte[]> answer, int cut)
    {
        using var socket = await listener.AcceptSocketAsync();
        await using var stream = new NetworkStream(socket);
        var length = new byte[2];
        await stream.ReadExactlyAsync(length);
        var question = new byte[(length[0] << 8) | length[1]];
        await stream.ReadExactlyAsync(question);
        var message = answer(question);
        await stream.WriteAsync((byte[])[(byte)(message.Length >> 8), (byte)message.Length, .. message[..^cut]]);
        socket.Shutdown(SocketShutdown.Send);
    }
}
