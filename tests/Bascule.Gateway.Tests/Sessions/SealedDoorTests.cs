using System.Buffers.Text;
using System.Text;
using Bascule.Settings;
using Bascule.Terminal;
using Bascule.Testing;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway.Tests;

/// <summary>Who a host lets in, and for what.</summary>
public sealed class SealedDoorTests : IDisposable
{
    private const string Session = "0123456789abcdef0123456789abcdef";
    private const string Path = $"/v1/terminals/{Session}/attach";

    private readonly ManualTime _time = new();
    private readonly SessionKeys _keys = new("a secret of thirty-two characters");
    private readonly SealedDoor _door;

    public SealedDoorTests() => _door = new SealedDoor("the key of the host", id => id == Session ? _keys.OfSession(Session) : null, _time);

    public void Dispose() => _door.Dispose();

    [Fact]
    public async Task Terms_open_the_terminal_for_which_they_were_sealed_once()
    {
        var terms = Seal(Terms());

        var first = await CheckAsync(terms);
        var again = await CheckAsync(terms);

        Assert.Equal(new TerminalCaller("alice", ViewerRole.Write, "attempt", "192.0.2.7"), first.Caller);
        Assert.Equal((401, "not_authenticated"), (again.Refusal!.Status, again.Refusal.Label));
        Assert.Contains("it was used before", again.Refusal.Detail);
    }

    [Fact]
    public async Task Terms_are_good_neither_elsewhere_nor_later_nor_with_another_key()
    {
        var elsewhere = await CheckAsync(Seal(Terms(), "/v1/terminals/other/attach"));
        var other = await CheckAsync(Seal(Terms() with { Session = "another" }));
        var forged = await CheckAsync(Seal(Terms(), key: "another key of sixteen and more"));
        var late = Seal(Terms());
        _time.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal(
            ("not_authenticated", "forbidden", "not_authenticated", "not_authenticated"),
            (elsewhere.Refusal!.Label, other.Refusal!.Label, forged.Refusal!.Label, (await CheckAsync(late)).Refusal!.Label));
    }

    [Fact]
    public async Task Terms_that_only_let_look_let_nobody_write_or_end_it_and_end_with_their_link()
    {
        var reading = Terms() with { Role = TerminalTerms.Read };

        Assert.Equal(ViewerRole.Read, (await CheckAsync(Seal(reading))).Caller!.Role);
        Assert.Equal("forbidden", (await CheckAsync(Seal(reading), action: DoorAction.Delete)).Refusal!.Label);
        Assert.Equal("forbidden", (await CheckAsync(Seal(reading with { Expires = _time.GetUtcNow() }))).Refusal!.Label);
        Assert.Equal("not_authenticated", (await CheckAsync(Seal(reading with { Role = "root" }))).Refusal!.Label);
    }

    [Theory]
    [InlineData(DoorAction.List)]
    [InlineData(DoorAction.Create)]
    public async Task What_is_about_all_terminals_takes_the_key_of_the_host(DoorAction action)
    {
        Assert.Equal("forbidden", (await CheckAsync(Seal(Terms()), action: action)).Refusal!.Label);
        Assert.NotNull((await _door.CheckAsync(Request("Authorization", "Bearer the key of the host"), null, action)).Caller);
        Assert.Equal("not_authenticated", (await _door.CheckAsync(Request("Authorization", "Bearer another key"), null, action)).Refusal!.Label);
    }

    [Fact]
    public async Task A_browser_shows_the_key_among_its_subprotocols()
    {
        var shown = $"bascule.term.v1, base64url.bearer.bascule.{Base64Url.EncodeToString("the key of the host"u8)}";

        Assert.Equal(ViewerRole.Write, (await _door.CheckAsync(Request("Sec-WebSocket-Protocol", shown), Session, DoorAction.Attach)).Caller!.Role);
        Assert.NotNull((await _door.CheckAsync(Request("Sec-WebSocket-Protocol", "base64url.bearer.bascule.?"), Session, DoorAction.Attach)).Refusal);
    }

    [Fact]
    public async Task Without_anything_or_for_a_terminal_that_is_not_there_the_answer_is_the_same_kind()
    {
        var nothing = await _door.CheckAsync(new DefaultHttpContext(), Session, DoorAction.Attach);
        var nowhere = await _door.CheckAsync(Request(TerminalTerms.Field, Seal(Terms())), "ffffffffffffffffffffffffffffffff", DoorAction.Attach);

        Assert.Equal(("not_authenticated", "not_authenticated"), (nothing.Refusal!.Label, nowhere.Refusal!.Label));
    }

    [Fact]
    public void Keys_differ_by_session_and_are_the_same_at_every_gateway()
    {
        var other = new SessionKeys("a secret of thirty-two characters");

        Assert.Equal(_keys.OfSession("1"), other.OfSession("1"));
        Assert.NotEqual(_keys.OfSession("1"), _keys.OfSession("2"));
        Assert.NotEqual(_keys.OfSession("1"), new SessionKeys("another secret of thirty-two char").OfSession("1"));
    }

    [Fact]
    public void A_secret_that_nobody_configured_is_made_once_and_kept_from_others()
    {
        var folder = Directory.CreateTempSubdirectory("bascule-keys-");
        try
        {
            var data = System.IO.Path.Combine(folder.FullName, "data");
            var first = SessionKeys.Of(new SessionSettings(), data, folder.FullName).OfSession("1");
            var second = SessionKeys.Of(new SessionSettings(), data, folder.FullName).OfSession("1");
            var file = System.IO.Path.Combine(data, SessionKeys.OwnFile);

            Assert.Equal(first, second);
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            Assert.Equal(64, Encoding.ASCII.GetByteCount(File.ReadAllText(file)));
            Assert.Throws<IOException>(() => SessionKeys.Of(new SessionSettings { SecretFile = "nowhere" }, data, folder.FullName));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static TerminalTerms Terms() => new(Session, "alice", TerminalTerms.Write, "attempt", "192.0.2.7", null);

    private string Seal(TerminalTerms terms, string path = Path, string? key = null)
    {
        using var seal = new TerminalSeal(key ?? _keys.OfSession(Session), _time);
        return seal.Seal(terms, path);
    }

    private async Task<DoorAnswer> CheckAsync(string terms, DoorAction action = DoorAction.Attach) => await _door.CheckAsync(Request(TerminalTerms.Field, terms), Session, action);

    private static DefaultHttpContext Request(string field, string value)
    {
        var context = new DefaultHttpContext();
        context.Request.Path = Path;
        context.Request.Headers[field] = value;
        return context;
    }
}
