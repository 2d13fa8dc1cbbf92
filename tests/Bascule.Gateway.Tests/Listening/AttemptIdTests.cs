using Bascule.Model;

namespace Bascule.Gateway.Tests;

/// <summary>The id of an attempt: who chooses it, and where it shows.</summary>
public sealed class AttemptIdTests : GatewayTest
{
    private const string Hex = "0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData(Hex)]
    [InlineData("01234567-89ab-cdef-0123-456789abcdef")]
    [InlineData("01234567-89AB-CDEF-0123-456789ABCDEF")]
    public async Task A_client_may_choose_it_and_the_back_end_never_sees_it_in_the_query(string chosen)
    {
        await StartAsync();

        var (asked, answer) = await PassAsync(new Ask($"/ws?a=1&bascule_attempt={chosen}&b=2"));

        Assert.Equal(Hex, answer.Field("X-Bascule-Attempt"));
        Assert.Equal(("/ws?a=1&b=2", Hex), (asked.Target, asked.Field("X-Bascule-Attempt")));
        Assert.Equal(AttemptOutcome.Open, (await Gateway.ExplainAsync(chosen)).Outcome);
    }

    [Fact]
    public async Task An_id_in_use_gives_way_to_a_new_one_and_the_journal_says_so()
    {
        await StartAsync();
        await PassAsync(new Ask($"/ws?bascule_attempt={Hex}"));

        var (_, answer) = await PassAsync(new Ask($"/ws?bascule_attempt={Hex}"));

        var given = answer.Field("X-Bascule-Attempt")!;
        Assert.True(given != Hex && AttemptId.TryParse(given, out _));
        Assert.Contains("in use already", string.Join(';', (await Gateway.ExplainAsync(given)).Evidence.Values), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("42")]
    [InlineData("0123456789abcdef0123456789abcdeg")]
    [InlineData("00000000000000000000000000000000")]
    public async Task One_that_is_no_id_is_noted_and_still_not_passed_on(string chosen)
    {
        await StartAsync();

        var (asked, answer) = await PassAsync(new Ask($"/ws?bascule_attempt={chosen}"));

        var given = answer.Field("X-Bascule-Attempt")!;
        Assert.True(AttemptId.TryParse(given, out _));
        Assert.Equal("/ws", asked.Target);
        Assert.Contains("not 128 bits", string.Join(';', (await Gateway.ExplainAsync(given)).Evidence.Values), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_cannot_put_an_id_of_its_own_into_the_field_for_the_back_end()
    {
        await StartAsync();

        var (asked, answer) = await PassAsync(new Ask("/ws").With($"X-Bascule-Attempt: {Hex}"));

        Assert.Equal(answer.Field("X-Bascule-Attempt"), asked.Field("X-Bascule-Attempt"));
        Assert.NotEqual(Hex, asked.Field("X-Bascule-Attempt"));
    }
}
