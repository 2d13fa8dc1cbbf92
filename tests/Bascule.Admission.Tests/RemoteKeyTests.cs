using System.Security.Cryptography;
using Bascule.Model;
using Bascule.Testing;
using Microsoft.AspNetCore.Http;

namespace Bascule.Admission.Tests;

/// <summary>Keys that an issuer publishes: rotation, outage, and how often it is asked.</summary>
public sealed class RemoteKeyTests : IAsyncLifetime
{
    private readonly RSA _first = RSA.Create(2048);
    private readonly RSA _second = RSA.Create(2048);
    private readonly ManualTime _time = new();
    private readonly HttpClient _http = new();
    private readonly LogLines<TokenCheck> _log = new();
    private KeyServer _issuer = null!;
    private TokenCheck _check = null!;

    public async ValueTask InitializeAsync()
    {
        _issuer = await KeyServer.StartAsync(("k1", _first));
        _check = NewCheck(_issuer.Url);
    }

    public async ValueTask DisposeAsync()
    {
        await _check.DisposeAsync();
        await _issuer.DisposeAsync();
        _http.Dispose();
        _first.Dispose();
        _second.Dispose();
    }

    [Fact]
    public async Task Keys_are_fetched_with_the_first_token_and_kept()
    {
        Assert.Equal(0, _issuer.Requests);

        for (var i = 0; i < 5; i++)
            Assert.True((await CheckAsync("k1", _first)).Accepted);

        Assert.Equal(1, _issuer.Requests);
        Assert.Contains(_log.All, l => l.Event == "JwksFetched" && l.Text.Contains("`k1`", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_hundred_checks_at_once_share_one_fetch()
    {
        var asked = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        _issuer.Answer = async context =>
        {
            asked.TrySetResult();
            await go.Task;
            await context.Response.WriteAsync(KeyServer.Set(("k1", _first)));
        };
        var token = KeyServer.Sign("k1", _first);

        var checks = Enumerable.Range(0, 100).Select(_ => _check.CheckAsync(token, CancellationToken.None).AsTask()).ToArray();
        await asked.Task;
        Assert.DoesNotContain(checks, c => c.IsCompleted);
        go.SetResult();

        Assert.All(await Task.WhenAll(checks), r => Assert.True(r.Accepted));
        Assert.Equal(1, _issuer.Requests);
    }

    [Fact]
    public async Task A_new_key_is_fetched_when_a_token_names_it()
    {
        await CheckAsync("k1", _first);
        _issuer.Serve(("k1", _first), ("k2", _second));

        Assert.True((await CheckAsync("k2", _second)).Accepted);
        Assert.True((await CheckAsync("k1", _first)).Accepted);
        Assert.Equal(2, _issuer.Requests);
    }

    [Fact]
    public async Task A_withdrawn_key_ends_with_the_cache()
    {
        await CheckAsync("k1", _first);
        _issuer.Serve(("k2", _second));

        _time.Advance(new TimeSpan(0, 9, 59));
        Assert.True((await CheckAsync("k1", _first)).Accepted);
        _time.Advance(TimeSpan.FromSeconds(1));

        var refusal = (await CheckAsync("k1", _first)).Refusal;
        Assert.Equal(new Ending(EndReasons.TokenUnknownKey, "alg is RS256, kid is `k1`; keys here: `k2`."), refusal);
        Assert.Equal(2, _issuer.Requests);
    }

    [Fact]
    public async Task A_flood_of_unknown_ids_asks_the_issuer_once_in_ten_seconds()
    {
        await CheckAsync("k1", _first);
        for (var i = 0; i < 50; i++)
            Assert.Equal(EndReasons.TokenUnknownKey, (await CheckAsync("bad" + i, _second)).Refusal.Reason);
        Assert.Equal(2, _issuer.Requests);

        _time.Advance(TimeSpan.FromSeconds(9));
        await CheckAsync("bad", _second);
        Assert.Equal(2, _issuer.Requests);
        _time.Advance(TimeSpan.FromSeconds(1));
        await CheckAsync("bad", _second);
        await CheckAsync("bad", _second);

        Assert.Equal(3, _issuer.Requests);
    }

    [Fact]
    public async Task In_an_outage_the_old_keys_go_on_serving_and_it_is_logged()
    {
        await CheckAsync("k1", _first);
        _issuer.Answer = context =>
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        };
        _time.Advance(TimeSpan.FromMinutes(10));

        Assert.True((await CheckAsync("k1", _first)).Accepted);
        Assert.True((await CheckAsync("k1", _first)).Accepted);
        var unknown = (await CheckAsync("k2", _second)).Refusal;

        Assert.Equal(2, _issuer.Requests);
        Assert.Contains(_log.All, l => l.Event == "JwksFailed" && l.Text.Contains("it answered 503. 1 keys", StringComparison.Ordinal));
        Assert.Equal(EndReasons.TokenUnknownKey, unknown.Reason);
        Assert.Contains("the last fetch of auth.jwt.jwksUrl failed: it answered 503", unknown.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_an_outage_the_keys_come_by_themselves()
    {
        _issuer.Serve("<html>maintenance</html>");
        var down = (await CheckAsync("k1", _first)).Refusal;
        _issuer.Serve(("k1", _first));
        var tooSoon = (await CheckAsync("k1", _first)).Refusal;
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(new Ending(EndReasons.KeysUnavailable, "auth.jwt.jwksUrl gave no usable key: it is not JSON of a JWK set (RFC 7517)."), down);
        Assert.Equal(EndReasons.KeysUnavailable, tooSoon.Reason);
        Assert.True((await CheckAsync("k1", _first)).Accepted);
    }

    [Fact]
    public async Task An_issuer_that_does_not_answer_is_given_five_seconds()
    {
        var asked = new TaskCompletionSource();
        _issuer.Answer = async context =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        };
        var check = CheckAsync("k1", _first);
        await asked.Task;
        _time.Advance(new TimeSpan(0, 0, 0, 4, 999));
        Assert.False(check.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        var refusal = (await check).Refusal;
        Assert.Equal(EndReasons.KeysUnavailable, refusal.Reason);
        Assert.Contains("no answer within 5 s", refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_gives_up_does_not_end_the_fetch_for_others()
    {
        var asked = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        _issuer.Answer = async context =>
        {
            asked.SetResult();
            await go.Task;
            await context.Response.WriteAsync(KeyServer.Set(("k1", _first)));
        };
        using var gone = new CancellationTokenSource();
        var impatient = _check.CheckAsync(KeyServer.Sign("k1", _first), gone.Token).AsTask();
        var patient = CheckAsync("k1", _first);
        await asked.Task;
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        go.SetResult();

        Assert.True((await patient).Accepted);
        Assert.Equal(1, _issuer.Requests);
    }

    [Fact]
    public async Task Stopping_ends_a_fetch_that_hangs()
    {
        var asked = new TaskCompletionSource();
        _issuer.Answer = async context =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        };
        var waiting = CheckAsync("k1", _first);
        await asked.Task;

        await _check.DisposeAsync();

        Assert.Contains("stopping", (await waiting).Refusal.Detail, StringComparison.Ordinal);
        Assert.Equal(EndReasons.KeysUnavailable, (await CheckAsync("k1", _first)).Refusal.Reason);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_beyond_one_MiB_is_not_read(bool chunked)
    {
        var body = new byte[(1 << 20) + 1];
        _issuer.Answer = async context =>
        {
            if (!chunked)
                context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body);
        };

        Assert.Contains("more than 1048576 bytes", (await CheckAsync("k1", _first)).Refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_issuer_that_is_not_there_makes_keys_unavailable()
    {
        var url = _issuer.Url;
        await _issuer.DisposeAsync();

        var refusal = (await CheckAsync("k1", _first)).Refusal;

        Assert.Equal(EndReasons.KeysUnavailable, refusal.Reason);
        Assert.Contains(_log.All, l => l.Event == "JwksFailed" && l.Text.Contains(url, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_empty_set_withdraws_all_keys()
    {
        await CheckAsync("k1", _first);
        _issuer.Serve("""{"keys":[]}""");
        _time.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal("auth.jwt.jwksUrl gave no usable key: its set holds none.", (await CheckAsync("k1", _first)).Refusal.Detail);
    }

    [Fact]
    public async Task A_token_without_an_id_is_tried_with_all_keys_and_causes_no_fetch()
    {
        _issuer.Serve(("k1", _first), (null, _second));
        using var stranger = RSA.Create(2048);

        Assert.True((await CheckAsync(null, _first)).Accepted);
        Assert.True((await CheckAsync(null, _second)).Accepted);
        Assert.Equal(EndReasons.TokenBadSignature, (await CheckAsync(null, stranger)).Refusal.Reason);
        Assert.Equal(1, _issuer.Requests);
    }

    [Fact]
    public async Task Secrets_short_keys_and_private_keys_from_a_URL_are_not_used_and_logged()
    {
        using var small = RSA.Create(1024);
        var leaked = KeyServer.Jwk("leaked", _first);
        leaked["d"] = "AQAB";
        _issuer.Serve($$"""
            {"keys":[{"kty":"oct","kid":"sym","k":"{{TestTokens.Part(TestTokens.Secret)}}"},{{KeyServer.Jwk("small", small).ToJsonString()}},
            {{leaked.ToJsonString()}},{{KeyServer.Jwk("good", _second).ToJsonString()}}]}
            """);

        Assert.True((await CheckAsync("good", _second)).Accepted);
        Assert.Equal(EndReasons.TokenUnknownKey, (await CheckAsync("small", small)).Refusal.Reason);
        Assert.Equal(EndReasons.TokenUnknownKey, (await CheckAsync("leaked", _first)).Refusal.Reason);
        var symmetric = TestTokens.Raw("""{"alg":"HS256","kid":"sym"}""", """{"sub":"alice"}""");
        Assert.Equal(EndReasons.TokenAlgorithmRefused, (await _check.CheckAsync(symmetric, CancellationToken.None)).Refusal.Reason);
        foreach (var expected in new[] { "`sym`: it is a symmetric key", "`small`: the RSA key has 1024 bits", "`leaked`: it holds the private key" })
            Assert.Contains(_log.All, l => l.Event == "JwkRefused" && l.Text.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_configured_key_stands_beside_the_fetched_ones()
    {
        await using var both = NewCheck(_issuer.Url, "secret:" + TestTokens.Secret);

        Assert.True((await both.CheckAsync(TestTokens.Issue(_time), CancellationToken.None)).Accepted);
        Assert.Equal(0, _issuer.Requests);
        Assert.True((await both.CheckAsync(KeyServer.Sign("k1", _first), CancellationToken.None)).Accepted);
    }

    [Theory]
    [InlineData("http://issuer.example/keys?secret=hush", true)]
    [InlineData("https://issuer.example/keys", false)]
    [InlineData("http://127.0.0.1/keys", false)]
    public async Task Keys_over_plain_HTTP_are_warned_of(string url, bool warned)
    {
        await using var check = NewCheck(url);

        Assert.Equal(warned, _log.All.Any(l => l.Event == "JwksUnprotected"));
        Assert.DoesNotContain(_log.All, l => l.Text.Contains("hush", StringComparison.Ordinal));
    }

    private TokenCheck NewCheck(string url, params string[] keys) => new(TestTokens.With(keys) with { JwksUrl = url }, _http, _time, _log);

    private Task<TokenResult> CheckAsync(string? kid, RSA key) => _check.CheckAsync(KeyServer.Sign(kid, key), CancellationToken.None).AsTask();
}
