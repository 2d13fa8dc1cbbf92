using Bascule.Load;

namespace Bascule.Cli.Tests;

/// <summary>Addresses for more connections than one address has ports.</summary>
public sealed class LoopbackSourcesTests
{
    private static readonly int Ports = LoopbackSources.PortRange() is { } range ? range.Last - range.First + 1 : 0;

    [Fact]
    public void One_address_is_enough_for_fewer_connections_than_ports() => Assert.Empty(Sources(Ports / 2, "ws://127.0.0.1:8666/"));

    [Fact]
    public void More_connections_than_ports_come_from_several_addresses()
    {
        Assert.True(Ports > 0, "This system does not tell its ports.");

        Assert.Equal(["127.0.0.1", "127.0.0.2"], Sources(Ports, "ws://127.0.0.1:8666/"));
        Assert.Equal(["127.0.0.1", "127.0.0.2", "127.0.0.3"], Sources(Ports * 5 / 2, "ws://127.0.0.1:8666/"));
    }

    [Fact]
    public void Each_destination_has_all_ports_of_its_own()
    {
        Assert.Empty(Sources(Ports * 3 / 2, "ws://127.0.0.1:8666/", "ws://127.0.0.1:8667/"));
        // Paths of one server are one destination.
        Assert.True(Ports > 0, "This system does not tell its ports.");
        Assert.Equal(2, Sources(Ports * 3 / 2, "ws://127.0.0.1:8666/a", "ws://127.0.0.1:8666/b").Count);
    }

    [Theory]
    [InlineData("ws://example.com/")]
    [InlineData("ws://localhost/")]
    [InlineData("ws://[::1]/")]
    [InlineData("ws://10.0.0.1/")]
    public void Elsewhere_the_system_chooses(string url) => Assert.Empty(Sources(1_000_000, url));

    [Fact]
    public void Not_all_of_the_network_is_taken() => Assert.InRange(Sources(int.MaxValue, "ws://127.0.0.1/").Count, 0, 250);

    private static IReadOnlyList<string> Sources(int connections, params string[] urls) =>
        LoopbackSources.For(new LoadPlan { Targets = [new LoadTarget("target", [.. urls.Select(u => new Uri(u))])], Connections = connections });
}
