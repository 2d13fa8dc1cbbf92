using System.Text.Json;
using Bascule.Model;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>What must never be kept or shown.</summary>
public sealed class MaskingTests
{
    private const string Token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyLTE3In0.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg";
    private readonly ManualTime _time = new();

    [Theory]
    [InlineData("Bearer " + Token)]
    [InlineData("bearer opaque-c2lnbmF0dXJl-token")]
    [InlineData("bearer.opaque-c2lnbmF0dXJl-token")]
    [InlineData("/ws?a=1&access_token=c2lnbmF0dXJl&b=2")]
    [InlineData("the back end said: token=c2lnbmF0dXJl; go away")]
    [InlineData("expected a signature, got " + Token + ".")]
    public void A_token_appears_nowhere_whatever_field_it_came_in(string text)
    {
        var attempt = new Attempt(AttemptId.New(), _time)
        {
            Path = text,
            Host = text,
            UserAgent = text,
            Origin = text,
            Method = text,
            ForwardedProto = text,
        };
        attempt.Subprotocol = text;
        attempt.Route = text;
        attempt.Enter(Stage.Relay);
        attempt.Note("backend body", text);
        attempt.Finish(new Ending(EndReasons.BackendClosed, text), 1008, text);

        var document = Explanation.Make(attempt, attempt.Id, full: true, AttemptSamples.Reach);
        foreach (var shown in new[] { document.ToText(), JsonSerializer.Serialize(document, ExplainJson.Default.ExplainDocument) })
        {
            Assert.DoesNotContain("c2lnbmF0dXJl", shown, StringComparison.Ordinal);
            Assert.DoesNotContain("c3ViIjoi", shown, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_token_that_reaches_over_the_cut_is_masked_all_the_same()
    {
        var cleaned = EvidenceText.Clean(new string('x', 280) + " " + Token + Token + Token)!;

        Assert.DoesNotContain("eyJ", cleaned, StringComparison.Ordinal);
        Assert.True(cleaned.Length <= 300);
    }

    [Theory]
    [InlineData("experience=wylding-woods")]
    [InlineData("standard bearer")]
    [InlineData("4 of 5 tokens")]
    public void Harmless_text_is_left_alone(string text) => Assert.Same(text, EvidenceText.Clean(text));

    [Fact]
    public void Line_breaks_and_direction_marks_become_spaces() =>
        Assert.Equal("a  b c d — ü", EvidenceText.Clean("a\r\nb\u202ec\u001bd — ü"));

    [Theory]
    [InlineData("10.1.2.3:8001 refused", "(address) refused")]
    [InlineData("node=10.1.2.3, then [fd00::12]:8001", "node=(address), then (address)")]
    [InlineData("fe80::1 at 17:03:22", "(address) at 17:03:22")]
    [InlineData("http://kb-1.internal:8001/ws said no; kb-1.internal:8001 again", "the node/ws said no; the node again")]
    [InlineData("added: cafe, 1.2.3", "added: cafe, 1.2.3")]
    public void Addresses_are_hidden_from_the_public(string text, string expected) =>
        Assert.Equal(expected, EvidenceText.WithoutAddresses(text, "http://kb-1.internal:8001"));
}
