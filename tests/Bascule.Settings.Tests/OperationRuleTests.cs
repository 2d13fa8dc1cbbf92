namespace Bascule.Settings.Tests;

/// <summary>Where things are kept and sent.</summary>
public sealed class OperationRuleTests
{
    [Theory]
    [InlineData("memory", StorageKind.Memory, "", 0, "", "", "", "memory")]
    [InlineData("sqlite:data/bascule.db", StorageKind.Sqlite, "", 0, "", "", "", "sqlite:data/bascule.db")]
    [InlineData("redis://cache", StorageKind.Redis, "cache", 6379, "0", "", "", "redis://cache:6379/0")]
    [InlineData("redis://:p%40%2Fss@cache:1/2", StorageKind.Redis, "cache", 1, "2", "", "p@/ss", "redis://:***@cache:1/2")]
    [InlineData("redis://user:pass@host:6379/0", StorageKind.Redis, "host", 6379, "0", "user", "pass", "redis://:***@host:6379/0")]
    [InlineData("redis://[::1]:7000/", StorageKind.Redis, "::1", 7000, "0", "", "", "redis://[::1]:7000/0")]
    [InlineData("postgres://u:p@db/app", StorageKind.Postgres, "db", 5432, "app", "u", "p", "postgres://u:***@db:5432/app")]
    [InlineData("postgresql://u%3A1:p:q@db:5433/app", StorageKind.Postgres, "db", 5433, "app", "u:1", "p:q", "postgres://u:1:***@db:5433/app")]
    public void An_address_of_a_storage_is_read_and_shown_without_its_password(
        string text, StorageKind kind, string host, int port, string database, string user, string password, string shown)
    {
        var address = StorageAddress.Parse(text, out var faults);

        Assert.Empty(faults);
        Assert.NotNull(address);
        Assert.Equal((kind, host, port, database, user, password), (address.Kind, address.Host, address.Port, address.Database, address.User, address.Password));
        Assert.Equal(shown, address.ToString());
    }

    [Theory]
    [InlineData("", "names no storage that Bascule knows")]
    [InlineData("Memory", "names no storage that Bascule knows")]
    [InlineData("hunter2", "names no storage that Bascule knows")]
    [InlineData("Host=db;Password=hunter2", "names no storage that Bascule knows")]
    [InlineData("mysql://u:hunter2@db/app", "names no storage that Bascule knows")]
    [InlineData("sqlite:", "names no file")]
    [InlineData("redis://", "cannot be read as an address")]
    [InlineData("redis://cache:70000", "cannot be read as an address")]
    [InlineData("redis://:hunter2/x@cache", "cannot be read as an address")]
    [InlineData("redis://cache?password=hunter2", "holds something after ? or #")]
    [InlineData("redis://cache/db", "names a Redis database that is not a number")]
    [InlineData("postgres://db/app", "names no user")]
    [InlineData("postgres://u:hunter2@db", "names no database")]
    [InlineData("file:nowhere", "names a file that does not exist")]
    public void Another_storage_is_a_fault_that_shows_no_secret(string text, string problem)
    {
        var fault = SettingsFolder.FaultOf($$"""{ "storage": "{{text}}" }""");

        Assert.Equal("storage", fault.Path);
        Assert.StartsWith(problem, fault.Problem);
        Assert.DoesNotContain("hunter2", fault.ToString());
    }

    [Fact]
    public void All_faults_of_a_storage_are_told_at_once()
    {
        using var folder = new SettingsFolder().WithSet("storage", "postgres://db?sslmode=require");

        Assert.Equal(["holds something after ? or #", "names no user", "names no database"], folder.Load().Faults.Select(f => f.Problem));
    }

    [Fact]
    public void The_address_of_the_storage_may_stand_in_a_file()
    {
        using var folder = new SettingsFolder().With("bascule.json", SettingsFolder.Small).With("bascule.d/x.json", """{ "storage": "file:storage", "pools": { "kb": { "shared": true } } }""")
            .With("storage", "redis://:hunter2@cache:6379\n");

        Assert.Equal("file:storage", folder.LoadGood().Value("storage").Text);
        folder.With("storage", "sqlite:kept.db");
        Assert.Equal("pools.kb.shared", folder.LoadFault().Path);
    }

    [Theory]
    [InlineData("\"database\": true", "memory", "audit.database")]
    [InlineData("\"database\": true", "redis://cache", "audit.database")]
    [InlineData("\"file\": \"\"", "memory", "audit.file")]
    [InlineData("\"file\": \"logs/\"", "memory", "audit.file")]
    [InlineData("\"file\": \"../data\"", "memory", "audit.file")]
    public void An_audit_log_that_could_not_be_kept_is_a_fault(string audit, string storage, string path)
    {
        using var folder = new SettingsFolder().With("bascule.json", $$"""{ "audit": { {{audit}} } }""").WithSet("storage", storage).With("data/x", "");

        Assert.Equal(path, folder.LoadFault().Path);
    }

    [Theory]
    [InlineData("\"database\": true", "sqlite:kept.db")]
    [InlineData("\"database\": true, \"file\": \"off\"", "postgres://u:p@db/app")]
    [InlineData("\"file\": \"/var/log/bascule/audit.ndjson\"", "memory")]
    public void An_audit_log_that_can_be_kept_is_taken(string audit, string storage)
    {
        using var folder = new SettingsFolder().With("bascule.json", $$"""{ "audit": { {{audit}} } }""").WithSet("storage", storage);

        Assert.True(folder.Load().IsGood);
    }

    [Theory]
    [InlineData("127.0.0.1:4318", "is not the address of a collector")]
    [InlineData("grpc://collector:4317", "is not the address of a collector")]
    [InlineData("http://me:hunter2@collector:4318", "holds a user, who would not be sent")]
    [InlineData("http://collector:4318/v1/traces", "holds more than the base of the address")]
    [InlineData("http://collector:4318?token=1", "holds more than the base of the address")]
    public void A_collector_has_a_plain_address(string url, string problem) => SettingsFolder.AssertFault($$"""{ "telemetry": { "otlp": "{{url}}" } }""", "telemetry.otlp", problem);

    [Theory]
    [InlineData("Authorization: Bearer hunter2")]
    [InlineData("=hunter2")]
    [InlineData("a b=hunter2")]
    [InlineData("a=hunter2\\r\\nb: c")]
    public void A_header_for_the_collector_is_name_and_value(string header)
    {
        var fault = SettingsFolder.FaultOf($$"""{ "telemetry": { "otlpHeaders": ["a=b=c", "{{header}}"] } }""");

        Assert.Equal(("telemetry.otlpHeaders", "[\"***\", \"***\"]", "holds an entry, number 2, that is no header field"), (fault.Path, fault.Seen, fault.Problem));
    }

    [Fact]
    public void A_collector_behind_a_path_is_taken()
    {
        var telemetry = SettingsFolder.SettingsOf("""{ "telemetry": { "otlp": "https://collector.example.org/otlp", "otlpHeaders": ["Authorization=Basic YTpi"] } }""").Telemetry;

        Assert.Equal(("https://collector.example.org/otlp", "Authorization=Basic YTpi"), (telemetry.Otlp, Assert.Single(telemetry.OtlpHeaders)));
    }
}
