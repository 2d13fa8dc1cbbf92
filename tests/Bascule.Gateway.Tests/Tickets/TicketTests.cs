using System.Text.Json;

namespace Bascule.Gateway.Tests;

/// <summary>Tickets for pages, which cannot send their token in a header field.</summary>
public sealed class TicketTests : GatewayTest
{
    private const string OtherPage = "https://other.test";

    private string OwnPage => Gateway.Url.GetLeftPart(UriPartial.Authority);

    [Fact]
    public async Task A_page_asks_first_whether_it_may_ask()
    {
        await StartAsync();

        var (allowed, _) = await Gateway.SendAsync(HttpMethod.Options, Gateway.Url, "/api/tickets", $"Origin: {OwnPage}", "Access-Control-Request-Method: POST");
        var (denied, _) = await Gateway.SendAsync(HttpMethod.Options, Gateway.Url, "/api/tickets", $"Origin: {OtherPage}", "Access-Control-Request-Method: POST");

        Assert.Equal((204, OwnPage, "POST", "Authorization"), ((int)allowed.StatusCode, Field(allowed, "Access-Control-Allow-Origin"),
            Field(allowed, "Access-Control-Allow-Methods"), Field(allowed, "Access-Control-Allow-Headers")));
        Assert.Equal((403, null), ((int)denied.StatusCode, Field(denied, "Access-Control-Allow-Origin")));
    }

    [Fact]
    public async Task A_page_can_read_why_it_gets_none()
    {
        await StartAsync();

        var (answer, body) = await Gateway.SendAsync(HttpMethod.Post, Gateway.Url, "/api/tickets", $"Origin: {OwnPage}");

        Assert.Equal((401, OwnPage), ((int)answer.StatusCode, Field(answer, "Access-Control-Allow-Origin")));
        Assert.Contains("token_missing", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ticket_opens_one_connection_and_no_more()
    {
        await StartAsync();
        var ticket = await IssueAsync("");

        var (asked, answer) = await PassAsync(new Ask($"/guarded?ticket={ticket}&a=b"));
        var again = await Gateway.AnswerAsync(new Ask($"/guarded?ticket={ticket}"));

        Assert.Equal((101, "alice", "/guarded?a=b"), (answer.Status, asked.Field("X-Bascule-User"), asked.Target));
        Assert.Equal(401, again.Status);
        Assert.Contains("ticket_invalid", again.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_may_come_in_a_subprotocol_and_stays_here()
    {
        await StartAsync();
        var ticket = await IssueAsync("");

        var (asked, answer) = await PassAsync(new Ask("/guarded").With($"Sec-WebSocket-Protocol: chat, ticket.{ticket}"), "chat");

        Assert.Equal((101, "chat", "chat"), (answer.Status, answer.Field("Sec-WebSocket-Protocol"), asked.Field("Sec-WebSocket-Protocol")));
        Assert.DoesNotContain(ticket, asked.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_for_its_route_alone_and_used_up_by_another()
    {
        await StartAsync();
        var ticket = await IssueAsync("?route=optional");

        Assert.Equal(403, (await Gateway.AnswerAsync(new Ask($"/guarded?ticket={ticket}"))).Status);
        Assert.Equal(401, (await Gateway.AnswerAsync(new Ask($"/optional?ticket={ticket}"))).Status);
    }

    [Fact]
    public async Task It_is_for_the_page_that_asked()
    {
        await StartAsync(Settings with { Listen = Settings.Listen with { Origins = [OtherPage, "https://app.test"] } });

        var mine = await IssueAsync("", "Origin: https://app.test");
        Assert.Equal(101, (await PassAsync(new Ask($"/guarded?ticket={mine}").From("https://app.test"))).Answer.Status);
        var stolen = await IssueAsync("", "Origin: https://app.test");
        Assert.Equal(403, (await Gateway.AnswerAsync(new Ask($"/guarded?ticket={stolen}").From(OtherPage))).Status);
    }

    [Fact]
    public async Task It_does_not_live_long()
    {
        await StartAsync();
        var ticket = await IssueAsync("");

        Gateway.Time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(401, (await Gateway.AnswerAsync(new Ask($"/guarded?ticket={ticket}"))).Status);
    }

    [Fact]
    public async Task A_token_in_the_address_gets_none()
    {
        await StartAsync();

        Assert.Equal(401, (int)(await Gateway.SendAsync(HttpMethod.Post, Gateway.Url, $"/api/tickets?token={Tokens.Good(Gateway.Clock)}")).Answer.StatusCode);
        Assert.Equal(404, (int)(await Gateway.SendAsync(HttpMethod.Post, Gateway.Url, "/api/tickets?route=nowhere", $"Authorization: Bearer {Tokens.Good(Gateway.Clock)}")).Answer.StatusCode);
        Assert.Equal(405, (int)(await Gateway.GetAsync("/api/tickets")).Answer.StatusCode);
    }

    [Fact]
    public async Task Neither_token_nor_ticket_stand_in_the_log_or_in_an_explanation()
    {
        await StartAsync();
        var token = Tokens.Good(Gateway.Clock);
        var ticket = await IssueAsync("");
        await Gateway.JoinAsync(Backend, new Ask($"/guarded?ticket={ticket}"));
        var refused = await Gateway.AnswerAsync(new Ask($"/guarded?ticket={ticket}&token={token}"));

        var explained = await Gateway.AdminAsync($"/api/attempts/{refused.Field("X-Bascule-Attempt")}");
        var told = string.Join('\n', Gateway.Log.All.Select(e => e.Text + string.Join(' ', e.Fields.Values))) + explained + refused.Body;

        Assert.DoesNotContain(ticket, told, StringComparison.Ordinal);
        Assert.DoesNotContain(token, told, StringComparison.Ordinal);
        Assert.DoesNotContain(token.Split('.')[2], told, StringComparison.Ordinal);
    }

    private async Task<string> IssueAsync(string query, params string[] fields)
    {
        var (answer, body) = await Gateway.SendAsync(HttpMethod.Post, Gateway.Url, "/api/tickets" + query, [.. fields, $"Authorization: Bearer {Tokens.Good(Gateway.Clock)}"]);
        Assert.True(answer.StatusCode == System.Net.HttpStatusCode.Created, body);
        Assert.Equal("no-store", answer.Headers.CacheControl!.ToString());
        return JsonDocument.Parse(body).RootElement.GetProperty("ticket").GetString()!;
    }

    private static string? Field(HttpResponseMessage answer, string name) => answer.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;
}
