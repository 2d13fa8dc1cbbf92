using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Admission.Tests;

/// <summary>What the back end is told about who connects.</summary>
public sealed class IdentityHeadersTests
{
    private static readonly IdentityHeaderSettings Settings = new();

    [Fact]
    public void Subject_roles_tier_and_issuer_are_sent_under_their_names()
    {
        var fields = IdentityHeaders.For(new Identity("alice", "https://issuer", "id", ["admin", "ops"], "gold", null), Settings);

        Assert.Equal(
            [new("X-Bascule-User", "alice"), new("X-Bascule-Roles", "admin,ops"), new("X-Bascule-Tier", "gold"), new("X-Bascule-Issuer", "https://issuer")],
            fields);
    }

    [Fact]
    public void What_is_absent_or_switched_off_gives_no_field()
    {
        var off = new IdentityHeaderSettings { Issuer = "" };

        Assert.Equal([new("X-Bascule-User", "alice")], IdentityHeaders.For(new Identity("alice", "i", null, [], null, null), off));
        Assert.Equal(["X-Bascule-User", "X-Bascule-Roles", "X-Bascule-Tier"], IdentityHeaders.Names(off));
    }

    [Theory]
    [InlineData("a\r\nX-Admin: 1", "a%0D%0AX-Admin: 1")]
    [InlineData("zoë", "zo%C3%AB")]
    [InlineData("100%", "100%25")]
    [InlineData(" root ", "%20root%20")]
    [InlineData("a b,c|d@e", "a b,c|d@e")]
    [InlineData("tab\there\u007f", "tab%09here%7F")]
    public void A_value_cannot_break_out_of_its_field(string subject, string expected) =>
        Assert.Equal(expected, IdentityHeaders.For(new Identity(subject, null, null, [], null, null), Settings)[0].Value);

    [Fact]
    public void A_comma_in_a_role_does_not_make_two_roles() =>
        Assert.Contains(new("X-Bascule-Roles", "a%2Cadmin,b"), IdentityHeaders.For(new Identity("x", null, null, ["a,admin", "b"], null, null), Settings));

    [Theory]
    [InlineData("X-Bascule-User", true)]
    [InlineData("x-bascule-tier", true)]
    [InlineData("X_Bascule_User", true)]
    [InlineData("X-Bascule_Roles", true)]
    [InlineData("X-Bascule-Users", false)]
    [InlineData("Cookie", false)]
    [InlineData("", false)]
    public void A_client_cannot_send_a_field_that_a_back_end_would_take_for_ours(string name, bool reserved) =>
        Assert.Equal(reserved, IdentityHeaders.IsReserved(name, new IdentityHeaderSettings { Issuer = "" }) || IdentityHeaders.IsReserved(name, Settings));
}
