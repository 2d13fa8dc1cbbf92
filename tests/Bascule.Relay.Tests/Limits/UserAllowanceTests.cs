using Bascule.Model;
using Bascule.Protocol;
using Bascule.Testing;

namespace Bascule.Relay.Tests;

/// <summary>All connections of a user draw on one allowance.</summary>
public sealed class UserAllowanceTests
{
    private static readonly MessageLimits Ten = MessageLimits.None with { UserMessagesPerSecond = 10 };

    private readonly ManualTime _time = new();
    private readonly UserAllowances _users;

    public UserAllowanceTests() => _users = new UserAllowances(_time);

    [Fact]
    public async Task Two_connections_of_a_user_share_what_he_may_send()
    {
        using var first = _users.Enter("ann", Ten);
        using var second = _users.Enter("ann", Ten);
        await using var one = await StartAsync(first);
        await using var two = await StartAsync(second);
        await MessageRateTests.SendTextsAsync(one, 6);
        await MessageRateTests.ReceiveTextsAsync(one, 6);

        await MessageRateTests.SendTextsAsync(two, 6);
        await MessageRateTests.ReceiveTextsAsync(two, 4);
        await Patience.UntilAsync(() => two.Relay.Facts.Throttled == 1);
        Assert.Equal(0, one.Relay.Facts.Throttled);

        foreach (var next in new[] { "4", "5" })
        {
            await Patience.UntilAsync(() => _time.ArmedTimers == 3);
            _time.Advance(TimeSpan.FromMilliseconds(100));
            Assert.Equal(next, await two.Backend.ReceiveTextAsync());
        }
    }

    [Fact]
    public async Task Another_user_has_an_allowance_of_his_own()
    {
        using var ann = _users.Enter("ann", Ten);
        using var bob = _users.Enter("bob", Ten);
        await using var one = await StartAsync(ann);
        await using var two = await StartAsync(bob);

        foreach (var rig in new[] { one, two })
        {
            await MessageRateTests.SendTextsAsync(rig, 10);
            await MessageRateTests.ReceiveTextsAsync(rig, 10);
        }

        Assert.Equal((0, 0), (one.Relay.Facts.Throttled, two.Relay.Facts.Throttled));
    }

    [Fact]
    public async Task Bytes_of_a_user_are_shared_too_and_the_ending_says_whose_limit_it_was()
    {
        var limits = MessageLimits.None with { UserBytesPerSecond = 100, Patience = TimeSpan.FromSeconds(2) };
        using var first = _users.Enter("ann", limits);
        using var second = _users.Enter("ann", limits);
        await using var one = await StartAsync(first, limits);
        await using var two = await StartAsync(second, limits);
        await one.Client.SendTextAsync(new string('a', 992));
        await one.Backend.ReceiveTextAsync();
        await two.Client.SendTextAsync("12345678");
        await Patience.UntilAsync(() => _time.ArmedTimers == 3);

        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal((4429, two.CloseText(EndReasons.MessageRate, "limit=100B/s; seen=1014B/s")), (await two.Client.ReceiveToCloseAsync())[^1].Close);
        two.Client.Dispose();
        two.Backend.Dispose();
        Assert.Equal(
            "held back for 2 s without a break; when that began, 1014 bytes/s came from all connections of the user; the limit is 100",
            (await two.RunOutAsync()).Ending.Detail);
    }

    [Fact]
    public void A_user_is_remembered_as_long_as_he_has_a_connection()
    {
        var first = _users.Enter("ann", Ten)!;
        var second = _users.Enter("ann", Ten)!;
        using var other = _users.Enter("bob", Ten);
        Assert.Equal(2, _users.Count);

        first.Dispose();
        first.Dispose();
        Assert.Equal(2, _users.Count);
        second.Dispose();

        Assert.Equal(1, _users.Count);
        Assert.Null(_users.Enter("ann", MessageLimits.None with { MessagesPerSecond = 5 }));
        Assert.Equal(1, _users.Count);
    }

    [Fact]
    public async Task The_newest_limits_hold_for_all_connections_of_the_user()
    {
        using var old = _users.Enter("ann", Ten);
        await using var rig = await StartAsync(old);
        await MessageRateTests.SendTextsAsync(rig, 5);
        await MessageRateTests.ReceiveTextsAsync(rig, 5);

        using var changed = _users.Enter("ann", Ten with { UserMessagesPerSecond = 2 });
        await MessageRateTests.SendTextsAsync(rig, 3);
        await MessageRateTests.ReceiveTextsAsync(rig, 2);

        await Patience.UntilAsync(() => rig.Relay.Facts.Throttled == 1);
    }

    private Task<RelayRig> StartAsync(UserAllowance? user, MessageLimits? limits = null) =>
        RelayRig.StartAsync(RelayRig.With(limits ?? Ten) with { User = user, SpeaksBascule = false }, time: _time);
}
