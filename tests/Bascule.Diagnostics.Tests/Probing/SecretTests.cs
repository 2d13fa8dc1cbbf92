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
    [InlineData("user:S3cretPw@host/?token=abc", "***@host/?token=***")]
    [InlineData("user:S3cr/etPw@host/ws", "***@host/ws")]
    [InlineData("host:80/ws", "host:80/ws")]
    [InlineData("me@home/a.yaml", "me@home/a.yaml")]
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

    [Theory]
    [InlineData("SECRETtoken4711", "SECRETTOKEN4711")]
    [InlineData("SECRETtoken4711", "secrettoken4711")]
    [InlineData("SECRETtoken4711", "53454352455474" + "6f6b656e34373131")]
    [InlineData("SECRETtoken4711", "5345435245547" + "46F6B656E34373131")]
    [InlineData("swordfish", "SWORDFISH")]
    [InlineData("SECRETtoken4711-and-much-more", "SECRETtoken4711")]
    [InlineData("zz+pp/SECRETQ", "zz%2bpp/SECRETQ")]
    [InlineData("SECRETtoken4711+tail/more", "SECRETtoken4711+tail/more")]
    [InlineData("SECRETtoken4711+tail/more", "SECRETtoken4711%2Btail%2Fm")]
    public void A_secret_is_hidden_in_another_case_in_hex_and_cut_short(string token, string repeated) =>
        Assert.Equal("<***>", new ProbeTarget(new Uri("ws://h/")) { Token = token }.Masked($"<{repeated}>"));

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("ab")]
    [InlineData("Bearer ")]
    public void A_secret_is_hidden_in_base64_wherever_it_begins(string before)
    {
        const string token = "SECRETtoken4711?>~~~";
        var encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{before}{token} and more"));

        var shown = new ProbeTarget(new Uri("ws://h/")) { Token = token }.Masked(encoded);
        var inUrl = new ProbeTarget(new Uri("ws://h/")) { Token = token }.Masked(encoded.Replace('+', '-').Replace('/', '_'));

        // Of 27 letters one on each side may belong to the neighbours too.
        Assert.True(shown.Contains("***", StringComparison.Ordinal) && encoded.Length + 3 - shown.Length >= 25, shown);
        Assert.Equal(shown.Length, inUrl.Length);
    }

    [Fact]
    public void Words_of_the_report_itself_are_no_secrets() =>
        Assert.Equal("Upgrade: websocket, Polling, WebSocket", new ProbeTarget(new Uri("ws://h/?transport=websocket&other=polling")).Masked("Upgrade: websocket, Polling, WebSocket"));

    [Theory]
    [InlineData("body")]
    [InlineData("title")]
    [InlineData("server")]
    [InlineData("location")]
    [InlineData("host")]
    [InlineData("via")]
    [InlineData("broken")]
    [InlineData("close")]
    [InlineData("pong")]
    public async Task A_secret_across_the_end_of_what_is_shown_is_hidden(string place)
    {
        const string token = "SECRET0tok1en2SECRET3tok4en5SECRET6tok7en8SECRET";
        // For every length of what stands before it some part of the secret would be the last that is shown.
        await Task.WhenAll(new[] { 20, 41, 62, 83 }.Select(async before =>
        {
            var text = $"{new string('x', before)} {token}";
            await using var server = SmallServer.Start(async asked =>
            {
                if (place is "close" or "pong" && asked.IsUpgrade)
                    await TellAsync(asked, place == "pong" ? RawFrame.Pong(Encoding.ASCII.GetBytes(text)[..Math.Min(text.Length, 125)]) : RawFrame.Close(4400, text));
                else if (place == "broken")
                    await asked.SendAsync($"HTTP/1.1 403 Forbidden\r\n{text}\r\n\r\n");
                else
                    await asked.AnswerAsync(place switch
                    {
                        "server" => $"403 Forbidden\r\nServer: nginx {text}",
                        "via" => $"403 Forbidden\r\nVia: 1.1 google {text}",
                        "location" => $"302 Found\r\nLocation: /{text.Replace(" ", "", StringComparison.Ordinal)}",
                        "host" => $"302 Found\r\nLocation: https://{token}.example.com/",
                        _ => "403 Forbidden",
                    }, place == "title" ? $"<title>{text}</title>" : text);
            });

            var report = await server.ProbeAsync(target: t => t with { Token = token }, options: Probes.Hasty);

            var told = string.Join('\n', report.Steps.Select(s => s.Evidence + s.Verdict)) + string.Join('\n', report.Hops) + report.Facts;
            Assert.DoesNotContain("tok", told.Replace("token", "", StringComparison.OrdinalIgnoreCase), StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("SECRET", told, StringComparison.OrdinalIgnoreCase);
        }));
    }

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

    /// <summary>One frame for the first that comes, then silence.</summary>
    private static async Task TellAsync(Asked asked, RawFrame frame)
    {
        await asked.Peer.SendAsync(asked.Accept(), asked.Stop);
        await asked.Peer.ReadAsync(asked.Stop);
        await asked.Peer.SendAsync(frame, asked.Stop);
        await asked.Peer.ReadToEndAsync(answerClose: false, asked.Stop);
    }
}
