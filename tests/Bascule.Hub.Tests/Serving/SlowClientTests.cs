using Bascule.Protocol;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Hub.Tests;

/// <summary>Clients that do not read, beside others that do.</summary>
public sealed class SlowClientTests
{
    private static readonly string Kilobyte = new('x', 1000);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_frozen_client_does_not_slow_the_others_and_ends_with_4604(bool throughStream)
    {
        await using var house = new HubHouse(With(SlowReaderPolicy.Close));
        var terms = HubHouse.Terms with { Topics = [new TopicStart("a")], CloseDeadline = TimeSpan.FromMilliseconds(200) };
        await using var frozen = await house.ConnectAsync(terms, throughStream, receiveBuffer: 8192);
        await using var other = await house.ConnectWelcomedAsync(terms, throughStream);
        await other.ReadAsync("subscribed");
        await DeliveryTests.SubscribedAsync(frozen, 1);

        for (var i = 0; i < 500; i++)
        {
            house.Publish("a", $"\"{i} {Kilobyte}\"");
            Assert.StartsWith($"{i} ", (await other.ReadAsync("message")).GetProperty("data").GetString(), StringComparison.Ordinal);
        }

        var end = await frozen.End;
        Assert.Equal(("reader_too_slow", 4604), (end.Ending.Reason.Label, end.CloseCode));
        Assert.StartsWith("reader_too_slow; retry=backoff; attempt=", end.CloseReason, StringComparison.Ordinal);
        Assert.True(end.Facts.LagBytes > 0);
        Assert.Equal(1, house.Serving.Count);
    }

    [Fact]
    public async Task A_slow_client_is_told_what_it_missed_and_goes_on_with_the_newest()
    {
        await using var house = new HubHouse(With(SlowReaderPolicy.DropOldest));
        await using var guest = await house.ConnectAsync(HubHouse.Terms with { Topics = [new TopicStart("a")] }, receiveBuffer: 8192);
        await DeliveryTests.SubscribedAsync(guest, 1);

        for (var i = 0; i < 1000; i++)
            house.Publish("a", $"\"{i} {Kilobyte}\"");

        await guest.ReadAsync("welcome");
        await guest.ReadAsync("subscribed");
        var gaps = 0;
        var last = -1;
        while (last < 999)
        {
            var text = await guest.ReadTextAsync();
            if (text.StartsWith("""{"type":"gap""", StringComparison.Ordinal))
            {
                Assert.Contains("\"reason\":\"too_slow\"", text, StringComparison.Ordinal);
                gaps++;
                continue;
            }

            var number = int.Parse(text[(text.IndexOf("\"data\":\"", StringComparison.Ordinal) + 8)..].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
            Assert.True(number > last);
            Assert.True(gaps > 0 || number == last + 1);
            last = number;
        }

        Assert.True(gaps > 0);
        Assert.True(guest.Connection.Facts.Dropped > 0);
    }

    [Fact]
    public async Task A_frozen_client_that_is_quiet_loses_its_heartbeat()
    {
        var time = new ManualTime();
        await using var house = new HubHouse(With(SlowReaderPolicy.DropOldest), time);
        await using var guest = await house.ConnectAsync(HubHouse.Terms with { Topics = [new TopicStart("a")] }, receiveBuffer: 8192);
        await DeliveryTests.SubscribedAsync(guest, 1);
        for (var i = 0; i < 300; i++)
            house.Publish("a", $"\"{i} {Kilobyte}\"");

        await house.AdvanceUntilAsync(guest.End);

        Assert.Equal("client_heartbeat_lost", (await guest.End).Ending.Reason.Label);
    }

    [Fact]
    public async Task A_client_that_asks_and_does_not_read_is_read_no_further()
    {
        var time = new ManualTime();
        await using var house = new HubHouse(time: time);
        await using var guest = await house.ConnectAsync(receiveBuffer: 8192);
        var sending = FloodAsync();

        // Its answers pile up to a bound; then its own bytes wait in its socket. While it is read, the clock stands still: else it might seem silent.
        await Patience.UntilAsync(() => guest.Connection.Facts.WriteBlocked, () =>
        {
            if (guest.Connection.Facts.HeldBack)
                time.Advance(TimeSpan.FromMilliseconds(100));
        });
        await Patience.UntilAsync(() => guest.Connection.Facts.HeldBack);
        await house.AdvanceUntilAsync(guest.End);

        Assert.Equal("reader_too_slow", (await guest.End).Ending.Reason.Label);
        await Assert.ThrowsAsync<IOException>(() => sending);

        async Task FloodAsync()
        {
            var ping = HubGuest.Frame(Opcode.Text, """{"type":"ping","id":"0123456789012345678901234567890123456789"}"""u8.ToArray());
            while (true)
                await guest.SendRawAsync(ping);
        }
    }

    private static HubSettings With(SlowReaderPolicy policy) =>
        new() { Topics = new Dictionary<string, TopicSettings> { ["*"] = new() { SlowReader = policy, MaxLag = 100_000 } } };
}
