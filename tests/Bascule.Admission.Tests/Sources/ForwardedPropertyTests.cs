using System.Net;
using FsCheck;
using FsCheck.Fluent;
using static Bascule.Admission.Tests.TestHeads;

namespace Bascule.Admission.Tests;

/// <summary>Whatever a client writes into these fields, it neither breaks the gateway nor changes what trusted proxies said after it.</summary>
public sealed class ForwardedPropertyTests
{
    private static readonly TrustedProxies Proxies = new(["10.0.0.0/8"]);

    private static readonly string[] Pieces =
        ["for=", "proto=https", "host=evil.example", "\"", "\\", ",", ";", "=", " ", "10.0.0.2", "1.1.1.1", "[", "]", "::1", ":", "unknown", "_x", "\u00ff", "\t", "a"];

    private static readonly Gen<string> Rubbish = Gen.Frequency(
        (3, Gen.Elements(Pieces).ListOf().Select(p => string.Concat(p))), (1, Gen.Choose(0, 255).Select(c => (char)c).ListOf().Select(c => new string([.. c]))));

    private static readonly Gen<IPAddress> Trusted = Gen.Choose(0, 255).Select(n => IPAddress.Parse($"10.0.0.{n}"));

    private static readonly Gen<IPAddress> Client =
        from isSix in Gen.Elements(true, false)
        from n in Gen.Choose(0, 255)
        select IPAddress.Parse(isSix ? $"2001:db8::{n:x}" : $"203.0.113.{n}");

    [Fact]
    public void No_value_makes_the_walk_throw()
    {
        var cases = from forwarded in Rubbish from addresses in Rubbish from names in Rubbish select (forwarded, addresses, names);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            Resolve(("Forwarded", c.forwarded));
            Resolve(("X-Forwarded-For", c.addresses), ("X-Forwarded-Proto", c.names), ("X-Forwarded-Host", c.names), ("X-Forwarded-Port", c.names));
            Resolve(("Forwarded", c.forwarded), ("X-Forwarded-For", c.addresses));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));
    }

    [Fact]
    public void What_stands_left_of_the_client_changes_nothing()
    {
        var cases = from rubbish in Rubbish from hops in Trusted.ListOf().Resize(4) from client in Client select (rubbish, hops, client);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var chain = c.hops.Prepend(c.client).ToList();
            var forwarded = string.Join(", ", chain.Select((a, i) => $"for={Node(a)};proto={(i == 0 ? "https" : "http")};host=h{i}.example"));
            var addresses = string.Join(",", chain);

            var alone = Resolve(("Forwarded", forwarded));
            Assert.Equal((c.client, "https://h0.example", chain.Count), (alone.Address, alone.Origin, alone.Hops));
            Assert.Equal(alone, Resolve(("Forwarded", $"{c.rubbish}, {forwarded}")));
            Assert.Equal(alone, Resolve(("Forwarded", c.rubbish), ("Forwarded", forwarded)));
            Assert.Equal(Resolve(("X-Forwarded-For", addresses)), Resolve(("X-Forwarded-For", $"{c.rubbish},{addresses}")));
            Assert.Equal(c.client, Resolve(("X-Forwarded-For", addresses)).Address);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    private static string Node(IPAddress address) => address.ToString() is var text && text.Contains(':', StringComparison.Ordinal) ? $"\"[{text}]\"" : text;

    private static ClientSource Resolve(params (string Name, string Value)[] fields) => Proxies.Resolve(Head(fields), Peer("10.0.0.1"));
}
