using System.Text.Json;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>Case E: <c>/ws/experience?token={jwt}&amp;experience={id}</c>, each mistake with an answer of its own.</summary>
public sealed class ExperienceTests : IAsyncDisposable
{
    private readonly RawBackend _backend = new();
    private TestGateway? _gateway;

    [Fact]
    public async Task A_token_and_a_known_experience_open_the_connection()
    {
        var gateway = await StartAsync();
        var client = await gateway.SendAsync(new Ask($"/ws/experience?token={Tokens.Good(gateway.Clock)}&experience=wylding-woods"));
        var (backend, request) = await _backend.AskedAsync();
        using var _ = backend;

        Assert.Equal(101, (await client.ReadAnswerAsync()).Status);
        Assert.Equal("/ws/experience?experience=wylding-woods", request.Target);
        Assert.Equal("alice", request.Field("X-Bascule-User"));
    }

    [Fact]
    public async Task Who_has_no_token_does_not_learn_which_experiences_there_are()
    {
        var gateway = await StartAsync();

        Assert.Equal(("token_missing", 401), await RefusalAsync(gateway, "/ws/experience?experience=atlantis"));
        Assert.Equal(("token_missing", 401), await RefusalAsync(gateway, "/ws/experience"));
        Assert.Equal(("token_expired", 401), await RefusalAsync(gateway, $"/ws/experience?experience=atlantis&token={Tokens.WithTime(gateway.Clock, "exp", TimeSpan.FromHours(-1))}"));
    }

    [Fact]
    public async Task An_unknown_experience_is_named_to_who_may_come_in()
    {
        var gateway = await StartAsync();
        var token = Tokens.Good(gateway.Clock);

        Assert.Equal(("query_unknown_value", 404), await RefusalAsync(gateway, $"/ws/experience?token={token}&experience=atlantis"));
        Assert.Equal(("query_missing", 400), await RefusalAsync(gateway, $"/ws/experience?token={token}"));
        var answer = await gateway.AnswerAsync(new Ask($"/ws/experience?token={token}&experience=atlantis"));
        Assert.Contains("`experience=atlantis` is not known; known: wylding-woods", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_token_is_answered_as_RFC_6750_wants()
    {
        var gateway = await StartAsync();

        var missing = await gateway.AnswerAsync(new Ask("/ws/experience?experience=wylding-woods"));
        var bad = await gateway.AnswerAsync(new Ask("/ws/experience?experience=wylding-woods&token=x"));

        Assert.Contains("error=\"invalid_request\"", missing.Field("WWW-Authenticate"), StringComparison.Ordinal);
        Assert.Contains("error=\"invalid_token\"", bad.Field("WWW-Authenticate"), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
            await _gateway.DisposeAsync();
        _backend.Dispose();
    }

    private async Task<TestGateway> StartAsync() => _gateway = await TestGateway.StartAsync(Configured.For(_backend.Url).WithRoutes(
        Configured.Route("experience", "/ws/experience") with { Auth = AuthPolicy.Required, Query = Configured.Query("experience", "wylding-woods") }));

    private static async Task<(string? Label, int Status)> RefusalAsync(TestGateway gateway, string target)
    {
        var answer = await gateway.AnswerAsync(new Ask(target));
        return (JsonDocument.Parse(answer.Body).RootElement.GetProperty("label").GetString(), answer.Status);
    }
}
