namespace Bascule.Sessions.Tests;

/// <summary>Who may have what.</summary>
public sealed class SessionPolicyTests
{
    private static readonly SessionCaller Ann = new("ann", "acme", ["admin"]);
    private static readonly SessionCaller Bob = new("bob", "acme", ["once"]);

    private static readonly SessionRules Rules = new()
    {
        Profiles = new[]
        {
            new SessionProfile { Name = "shell", Command = ["bash", "-l"], Environment = new Dictionary<string, string> { ["EDITOR"] = "vi" } },
            new SessionProfile { Name = "domains", Tty = false, Prefix = ["gam"], Allow = ["info", "print users"] },
            new SessionProfile { Name = "any", Allow = ["*"] },
            new SessionProfile { Name = "once", Tty = false, Allow = ["*"], Roles = ["once"] },
            new SessionProfile { Name = "admins", Command = ["top"], Roles = ["admin", "root"] },
        }.ToDictionary(profile => profile.Name),
    };

    [Theory]
    [InlineData("shell", null, "bash", "-l")]
    [InlineData("shell", "  ", "bash", "-l")]
    [InlineData("domains", "info domain", "gam", "info", "domain")]
    [InlineData("domains", "print users 'O Hara'", "gam", "print", "users", "O Hara")]
    [InlineData("domains", "info ; rm -rf / && $(reboot) `id` | sh > x", "gam", "info", ";", "rm", "-rf", "/", "&&", "$(reboot)", "`id`", "|", "sh", ">", "x")]
    [InlineData("any", "sh -c 'echo out; exit 3'", "sh", "-c", "echo out; exit 3")]
    public void What_is_allowed_becomes_words(string profile, string? command, params string[] expected)
    {
        var draft = Decide(profile, command).Draft;

        Assert.Equal(expected, draft!.Command);
    }

    [Theory]
    [InlineData("nowhere", null, CreateFault.ProfileUnknown, "There is no profile of this name. Open to you: any, domains, once, shell.")]
    [InlineData("admins", null, CreateFault.RoleMissing, "The profile admins is for other roles: admin, root.")]
    [InlineData("shell", "bash", CreateFault.CommandNotAllowed, "The profile shell runs its own command only: give none.")]
    [InlineData("domains", "", CreateFault.CommandMissing, "The profile domains has no command of its own: give one.")]
    [InlineData("domains", "delete domain", CreateFault.CommandNotAllowed, "The profile domains does not allow this command. It may begin with: info, print users.")]
    [InlineData("domains", "print", CreateFault.CommandNotAllowed, null)]
    [InlineData("domains", "print groups", CreateFault.CommandNotAllowed, null)]
    [InlineData("domains", "Info domain", CreateFault.CommandNotAllowed, null)]
    [InlineData("domains", "./info domain", CreateFault.CommandNotAllowed, null)]
    [InlineData("domains", "information", CreateFault.CommandNotAllowed, null)]
    [InlineData("domains", "info;reboot", CreateFault.CommandNotAllowed, null)]
    [InlineData("domains", "'info domain'", CreateFault.CommandNotAllowed, null)]
    [InlineData("any", "'' x", CreateFault.Malformed, "The first word of the command, the program, is empty.")]
    [InlineData("any", "say 'it", CreateFault.Malformed, "The command cannot be split into words. The quote at character 5 is not closed.")]
    [InlineData("any", "say a\0b", CreateFault.Malformed, "The command has a control character (other than tab and line end) or half a character.")]
    [InlineData("any", "say \u001b[2J", CreateFault.Malformed, null)]
    public void What_is_not_is_refused_with_its_reason(string profile, string? command, CreateFault fault, string? text)
    {
        var (draft, refusal) = Decide(profile, command);

        Assert.Null(draft);
        Assert.Equal(fault, refusal!.Fault);
        if (text is not null)
            Assert.Equal(text, refusal.Text);
    }

    [Fact]
    public void A_terminal_is_given_up_but_not_taken()
    {
        AssertFault(CreateFault.CommandNotAllowed, new SessionRequest { Profile = "domains", CommandText = "info domain", Tty = true });
        Assert.True(SessionPolicy.Decide(Rules, Bob, new SessionRequest { Profile = "once", CommandText = "bash", Tty = true }).Draft!.Tty);
        Assert.False(SessionPolicy.Decide(Rules, Bob, new SessionRequest { Profile = "any", CommandText = "bash", Tty = false }).Draft!.Tty);
    }

    [Fact]
    public void Commands_have_bounds()
    {
        AssertFault(CreateFault.Malformed, new SessionRequest { Profile = "any", CommandText = new string('a', SessionPolicy.MaxLineLength + 1) });
        AssertFault(CreateFault.Malformed, new SessionRequest { Profile = "any", Command = [.. Enumerable.Repeat("a", SessionPolicy.MaxWords + 1)] });
        AssertFault(CreateFault.Malformed, new SessionRequest { Profile = "any", Command = ["a", new string('é', SessionPolicy.MaxCommandBytes / 2)] });
        AssertFault(CreateFault.Malformed, new SessionRequest { Profile = "any", Command = ["a", null!] });
        AssertFault(CreateFault.Malformed, new SessionRequest { Profile = "any", Command = ["a", "\0"] });
        AssertFault(CreateFault.Malformed, new SessionRequest { Profile = "any", CommandText = "say \ud800" });
        AssertFault(CreateFault.Malformed, new SessionRequest { Profile = "any", Command = ["a"], CommandText = "b" });
        Assert.NotNull(SessionPolicy.Decide(Rules, Bob, new SessionRequest { Profile = "any", Command = [.. Enumerable.Repeat("a", SessionPolicy.MaxWords)] }).Draft);
        Assert.NotNull(SessionPolicy.Decide(Rules, Bob, new SessionRequest { Profile = "any", CommandText = new string('a', SessionPolicy.MaxLineLength) }).Draft);
    }

    [Theory]
    [InlineData(0, 24)]
    [InlineData(80, -1)]
    [InlineData(80, int.MaxValue)]
    public void Sizes_have_bounds(int columns, int rows) => AssertFault(CreateFault.Malformed, new SessionRequest { Profile = "shell", Columns = columns, Rows = rows });

    [Fact]
    public void Names_have_bounds()
    {
        AssertFault(CreateFault.Malformed, new SessionRequest { Profile = "shell", Name = new string('a', SessionPolicy.MaxNameLength + 1) });
        AssertFault(CreateFault.Malformed, new SessionRequest { Profile = "shell", Name = "a\nb" });
        AssertFault(CreateFault.Malformed, new SessionRequest { Profile = "shell", Name = "\ud800" });
        Assert.Equal("Ann's 😀", SessionPolicy.Decide(Rules, Bob, new SessionRequest { Profile = "shell", Name = "Ann's 😀" }).Draft!.Name);
    }

    [Fact]
    public void A_role_or_being_an_operator_opens_a_profile()
    {
        var request = new SessionRequest { Profile = "admins" };

        Assert.NotNull(SessionPolicy.Decide(Rules, Ann, request).Draft);
        Assert.NotNull(SessionPolicy.Decide(Rules, Bob with { IsOperator = true }, request).Draft);
        Assert.Contains("admins", SessionPolicy.Decide(Rules, Ann, new SessionRequest { Profile = "nowhere" }).Refusal!.Text);
    }

    [Theory]
    [InlineData("shell", "TERM", "xterm-256color", null)]
    [InlineData("shell", "LC_ALL", "de_DE.UTF-8", null)]
    [InlineData("shell", "TZ", "Europe/Berlin", null)]
    [InlineData("shell", "TZ", ":/etc/shadow", CreateFault.EnvironmentNotAllowed)]
    [InlineData("shell", "LANG", "../../evil", CreateFault.EnvironmentNotAllowed)]
    [InlineData("shell", "LD_PRELOAD", "evil.so", CreateFault.EnvironmentNotAllowed)]
    [InlineData("shell", "EDITOR", "evil", CreateFault.EnvironmentNotAllowed)]
    [InlineData("any", "BASCULE_SESSION_ID", "1", CreateFault.EnvironmentNotAllowed)]
    [InlineData("any", "MY_OWN", "1", null)]
    [InlineData("any", "MY OWN", "1", CreateFault.Malformed)]
    [InlineData("any", "1ST", "1", CreateFault.Malformed)]
    [InlineData("any", "", "1", CreateFault.Malformed)]
    [InlineData("any", "A", "1\0", CreateFault.Malformed)]
    public void A_caller_sets_only_what_cannot_change_what_runs(string profile, string name, string value, CreateFault? fault)
    {
        var command = profile == "any" ? "id" : null;
        var request = new SessionRequest { Profile = profile, CommandText = command, Environment = new Dictionary<string, string> { [name] = value } };

        var (draft, refusal) = SessionPolicy.Decide(Rules, Bob, request);

        Assert.Equal(fault, refusal?.Fault);
        if (fault is null)
            Assert.Equal(value, draft!.Environment[name]);
    }

    [Fact]
    public void The_environment_has_bounds_and_what_the_profile_sets_stays()
    {
        AssertFault(CreateFault.Malformed, Setting(Enumerable.Range(0, SessionPolicy.MaxVariables + 1).ToDictionary(i => $"A{i}", i => "1")));
        AssertFault(CreateFault.Malformed, Setting(new() { ["A"] = new string('a', SessionPolicy.MaxVariableLength) }));
        AssertFault(CreateFault.Malformed, Setting(new() { ["A"] = null! }));

        var draft = SessionPolicy.Decide(Rules, Bob, new SessionRequest { Profile = "shell", Environment = new Dictionary<string, string> { ["TERM"] = "vt100" } }).Draft;
        Assert.Equal(new Dictionary<string, string> { ["EDITOR"] = "vi", ["TERM"] = "vt100" }, draft!.Environment);

        static SessionRequest Setting(Dictionary<string, string> environment) => new() { Profile = "any", CommandText = "id", Environment = environment };
    }

    [Theory]
    [InlineData("ann", "acme", "ann", "acme", false, true)]
    [InlineData("ann", "acme", "bob", "acme", false, false)]
    [InlineData("ann", "acme", "ann", "other", false, false)]
    [InlineData("ann", "acme", "ann", null, false, false)]
    [InlineData("ann", "acme", null, null, false, false)]
    [InlineData("ann", "acme", "bob", "other", true, true)]
    [InlineData("ann", null, "ann", null, false, true)]
    [InlineData(null, null, "bob", "acme", false, false)]
    [InlineData(null, null, null, null, false, true)]
    public void A_session_is_its_owners_and_the_operators(string? owner, string? tenant, string? user, string? usersTenant, bool isOperator, bool expected)
    {
        var caller = new SessionCaller(user, usersTenant, []) { IsOperator = isOperator };
        var record = new SessionRecord
        {
            Id = SessionId.New(), Owner = owner, Tenant = tenant, Profile = "shell", Command = [], CreatedAt = DateTimeOffset.UnixEpoch, ExpiresAt = DateTimeOffset.UnixEpoch,
        };

        Assert.Equal(expected, SessionPolicy.MayUse(record, caller));
        if (owner is not null || user is null)
            Assert.Equal(expected, SessionPolicy.Visible(caller, null).Fits(record));
    }

    private static PolicyAnswer Decide(string profile, string? command) => SessionPolicy.Decide(Rules, Bob, new SessionRequest { Profile = profile, CommandText = command });

    private static void AssertFault(CreateFault fault, SessionRequest request) => Assert.Equal(fault, SessionPolicy.Decide(Rules, Bob, request).Refusal?.Fault);
}
