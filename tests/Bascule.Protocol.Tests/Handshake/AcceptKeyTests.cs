namespace Bascule.Protocol.Tests;

/// <summary>Keys and their proof.</summary>
public sealed class AcceptKeyTests
{
    [Fact]
    public void The_example_of_the_RFC_comes_out() => Assert.Equal(Heads.Accept, AcceptKey.Compute(Heads.Key));

    [Fact]
    public void New_keys_are_valid_and_never_the_same()
    {
        var keys = Enumerable.Range(0, 100).Select(_ => AcceptKey.NewKey()).ToHashSet();
        Assert.Equal(100, keys.Count);
        foreach (var key in keys)
            Assert.Null(WebSocketHandshake.Check(Heads.Upgrade(changes: ("Sec-WebSocket-Key", key)), out _));
    }
}
