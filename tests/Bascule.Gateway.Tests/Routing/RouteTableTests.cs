using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>Which route takes a request, and what is said when none does.</summary>
public sealed class RouteTableTests
{
    [Theory]
    [InlineData("/ws", "exact")]
    [InlineData("/ws/7", "parameter")]
    [InlineData("/ws/7/more", "prefix")]
    [InlineData("/else", "all")]
    public void The_most_specific_path_wins_whatever_the_order(string path, string expected)
    {
        RouteSettings[] routes = [Configured.Route("all", "/*"), Configured.Route("prefix", "/ws/*"), Configured.Route("parameter", "/ws/{id}"), Configured.Route("exact", "/ws")];

        Assert.Equal(expected, new RouteTable(routes).Find(Head(path)).Route?.Name);
        Assert.Equal(expected, new RouteTable([.. routes.Reverse()]).Find(Head(path)).Route?.Name);
    }

    [Theory]
    [InlineData("a.test", "named")]
    [InlineData("A.Test:8666", "named")]
    [InlineData("b.wild.test", "wild")]
    [InlineData("wild.test", "any")]
    [InlineData("other.test:80", "any")]
    [InlineData("[::1]:8666", "loopback")]
    public void A_route_with_hosts_goes_before_one_without(string host, string expected)
    {
        var table = new RouteTable(
        [
            Configured.Route("any", "/ws"),
            Configured.Route("wild", "/ws") with { Hosts = ["*.wild.test"] },
            Configured.Route("named", "/ws") with { Hosts = ["a.test"] },
            Configured.Route("loopback", "/ws") with { Hosts = ["[::1]"] },
        ]);

        Assert.Equal(expected, table.Find(Head("/ws", host: host)).Route?.Name);
    }

    [Theory]
    [InlineData("?experience=wylding-woods", "woods", null)]
    [InlineData("?token=x&experience=wylding%2Dwoods", "woods", null)]
    [InlineData("?experience=lake", "lake", null)]
    [InlineData("?experience=atlantis", null, "query_unknown_value")]
    [InlineData("?experience=WYLDING-WOODS", null, "query_unknown_value")]
    [InlineData("?experience=", null, "query_unknown_value")]
    [InlineData("", null, "query_missing")]
    [InlineData("?other=1", null, "query_missing")]
    public void Several_routes_of_one_path_are_told_apart_by_their_query(string query, string? route, string? label)
    {
        var table = new RouteTable(
        [
            Configured.Route("woods", "/ws/experience") with { Query = Configured.Query("experience", "wylding-woods") },
            Configured.Route("lake", "/ws/experience") with { Query = Configured.Query("experience", "lake", "river") },
            Configured.Route("all", "/*"),
        ]);

        var match = table.Find(Head("/ws/experience", query));

        Assert.Equal((route, label), (match.Route?.Name, match.Fault?.Reason.Label));
        Assert.NotNull(match.Nearest);
    }

    [Fact]
    public void An_unknown_value_is_named_with_the_known_ones()
    {
        var table = new RouteTable([Configured.Route("woods", "/ws") with { Query = Configured.Query("experience", "wylding-woods", "lake") }]);

        var detail = table.Find(Head("/ws", "?experience=" + new string('x', 80) + "%0d%0a")).Fault?.Detail;

        Assert.Equal($"`experience={new string('x', 60)}…` is not known; known: wylding-woods, lake", detail);
    }

    [Fact]
    public void A_route_that_asks_for_a_parameter_goes_before_one_of_the_same_path_that_does_not()
    {
        var table = new RouteTable([Configured.Route("plain", "/ws"), Configured.Route("versioned", "/ws") with { Query = Configured.Query("v") }]);

        Assert.Equal("versioned", table.Find(Head("/ws", "?v=anything")).Route?.Name);
        Assert.Equal("plain", table.Find(Head("/ws")).Route?.Name);
    }

    [Fact]
    public void Where_no_route_fits_the_strictest_policy_of_the_path_holds()
    {
        var table = new RouteTable(
        [
            Configured.Route("open", "/ws") with { Query = Configured.Query("experience", "lobby") },
            Configured.Route("closed", "/ws") with { Query = Configured.Query("experience", "vault"), Auth = AuthPolicy.Required },
        ]);

        Assert.Equal(AuthPolicy.Required, table.Find(Head("/ws", "?experience=atlantis")).Auth);
        Assert.Equal(AuthPolicy.None, table.Find(Head("/ws", "?experience=lobby")).Auth);
        Assert.Equal(AuthPolicy.None, table.Find(Head("/nowhere")).Auth);
    }

    [Fact]
    public void The_probe_is_there_unless_a_route_takes_its_place()
    {
        Assert.IsType<ProbeDestination>(new RouteTable([]).Find(Head("/ws-test")).Route?.Destination);
        Assert.Equal("mine", new RouteTable([Configured.Route("mine", "/ws-test")]).Find(Head("/ws-test")).Route?.Name);
    }

    private static RequestHead Head(string path, string query = "", string host = "gateway.test") => new()
    {
        Kind = HttpKind.Http11,
        Method = "GET",
        Scheme = "http",
        Host = host,
        Path = path,
        Query = query,
        Headers = new HeaderList(),
    };
}
