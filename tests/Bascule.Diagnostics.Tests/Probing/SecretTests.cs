using System.Text;

namespace Bascule.Diagnostics.Tests;

/// <summary>What a probe sends stays out of its report, in whatever form a server repeats it.</summary>
public sealed class SecretTests
{
    [Theory]
    [InlineData("ws://user:S3cretPw@h:99999/ok?token=abc&x=1#frag", "ws://***@h:99999/ok?token=***&x=***")]
    [InlineData("ws//user:S3c@retPw@h/a@b", "ws//***@h/a@b")]
    [InlineData("ws:user:S3cretPw@h/", "ws:***@h/")]
    [InlineData("ws://user:S3cr/etPw@h/ws", "ws://***@h/ws")]
    [InlineData("ws://user:S3cr?etPw@h/ws", "ws://***")]
    [InlineData("ws//h?token=ab@cSECRET", "ws//***")]
    [InlineData("ws://h:99999/ws?mail=a@b", "ws://h:99999/ws?mail=***")]
    [InlineData("ws://h:99999/ws#access_token=abc", "ws://h:99999/ws")]
    [InlineData("h:80/ws?to=http://u:p@x", "h:80/ws?to=***")]
    [InlineData("deploy/me@home/C#/a.yaml", "deploy/me@home/C#/a.yaml")]
    public void Text_that_is_no_URL_is_shown_without_what_may_be_secret(string text, string shown) => Assert.Equal(shown, ProbeTarget.ShownText(text));

    [Theory]
    [InlineData("token=zz%2Bpp%2FSECRETQ", "zz%2Bpp%2FSECRETQ")]
    [InlineData("token=zz%2Bpp%2FSECRETQ", "zz+pp/SECRETQ")]
    [InlineData("token=zz+pp/SECRETQ", "zz%2Bpp%2FSECRETQ")]
    [InlineData("token=two+words", "two words")]
    public void A_value_of_the_query_is_hidden_in_every_form(string query, string repeated) =>
        Assert.Equal("<***>", new ProbeTarget(new Uri($"ws://h/?{query}")).Masked($"<{repeated}>"));

    [Theory]
    [InlineData("Cookie", "sid=SECRETone; theme=\"SECRETtwo\"", "SECRETone")]
    [InlineData("Cookie", "sid=SECRETone; theme=\"SECRETtwo\"", "SECRETtwo")]
    [InlineData("Authorization", "Bearer SECRETjwt", "SECRETjwt")]
    [InlineData("proxy-authorization", "Bearer SECRETjwt", "SECRETjwt")]
    [InlineData("X-Session", "SECRETsid", "SECRETsid")]
    [InlineData("X-Session", "SECRET/sid", "SECRET%2Fsid")]
    [InlineData("Sec-WebSocket-Protocol", "chat, ghp_abcdefghijklmnopqrst0123", "ghp_abcdefghijklmnopqrst0123")]
    public void The_secret_of_a_header_is_hidden_without_what_stands_around_it(string name, string value, string repeated) =>
        Assert.Equal("<***>", With(name, value).Masked($"<{repeated}>"));

    [Theory]
    [InlineData("SECRET&pw<1>", "SECRET&amp;pw&lt;1&gt;")]
    [InlineData("SECRET'pw&1", "SECRET&#39;pw&amp;1")]
    [InlineData("SECRET'pw&1", "SECRET&#x27;pw&amp;1")]
    [InlineData("SECRET'pw&1", "SECRET'pw&amp;1")]
    [InlineData("SECRET\"pw", "SECRET\\\"pw")]
    [InlineData("SECRET\"pw", "SECRET\\u0022pw")]
    [InlineData("SECRET/pw", "SECRET\\/pw")]
    public void A_secret_is_hidden_as_pages_and_JSON_write_it(string value, string repeated) =>
        Assert.Equal("<***>", With("X-Session", value).Masked($"<{repeated}>"));

    [Theory]
    [InlineData("user:SECRETpw")]
    [InlineData("SECRETpw")]
    public void Who_reads_Basic_reads_a_password(string repeated) =>
        Assert.Equal("<***>", With("Authorization", $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes("user:SECRETpw"))}").Masked($"<{repeated}>"));

    [Theory]
    [InlineData("Origin", "https://app.example.com")]
    [InlineData("User-Agent", "Mozilla")]
    [InlineData("Accept-Language", "de-DE")]
    [InlineData("Content-Type", "text/plain")]
    [InlineData("Sec-WebSocket-Protocol", "graphql-transport-ws")]
    [InlineData("X-Pin", "123")]
    public void What_is_harmless_or_too_short_stays_readable(string name, string value) => Assert.Equal($"<{value}>", With(name, value).Masked($"<{value}>"));

    [Fact]
    public async Task A_server_that_repeats_what_it_decoded_shows_nothing()
    {
        await using var server = SmallServer.Start(asked => asked.AnswerAsync("401 Unauthorized", "zz+pp/SECRETQ and SECRETsid are unknown"));

        var report = await Probes.RunAsync(server.Url(path: "/ws?token=zz%2Bpp%2FSECRETQ"), t => t with { Headers = [new("Cookie", "sid=SECRETsid")] });

        var told = string.Join('\n', report.Steps.Select(s => s.Evidence + s.Verdict));
        Assert.Contains("*** and *** are unknown", told, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", told, StringComparison.Ordinal);
    }

    private static ProbeTarget With(string name, string value) => new(new Uri("ws://h/")) { Headers = [new(name, value)] };
}
