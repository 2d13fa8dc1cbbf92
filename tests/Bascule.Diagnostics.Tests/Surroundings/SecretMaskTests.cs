namespace Bascule.Diagnostics.Tests;

/// <summary>What is shown of a variable, and what never is.</summary>
public sealed class SecretMaskTests
{
    [Theory]
    [InlineData("DB_PASSWORD", "hunter2")]
    [InlineData("GITHUB_TOKEN", "x")]
    [InlineData("STRIPE_API_KEY", "x")]
    [InlineData("bascule__auth__jwt__keys", "secret:x")]
    [InlineData("BASCULE_AGENT_SECRET", "x")]
    [InlineData("MYSQL_PW", "x")]
    [InlineData("MYSQL_PWD", "hunter2")]
    [InlineData("DBPWD", "hunter2")]
    [InlineData("PGPASS", "hunter2")]
    [InlineData("SSHPASS", "hunter2")]
    [InlineData("STRIPE_SK", "x")]
    [InlineData("NOTE", "sk_test_4eC39HqLyjWD")]
    [InlineData("HTTP_AUTHORIZATION", "Basic YTpi")]
    [InlineData("NOTE", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln")]
    [InlineData("NOTE", "-----BEGIN PRIVATE KEY-----\nMIIE")]
    [InlineData("NOTE", "AKIAIOSFODNN7EXAMPLE")]
    [InlineData("NOTE", "ghp_16C7e42F292c6912E7710c838347Ae178B4a")]
    [InlineData("NOTE", "3f1c9a77e0b24d5f8c6e12ab90cd34ef")]
    [InlineData("NOTE", "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY1")]
    [InlineData("BLOB_URL", "https://store.example/f?sv=1&sig=abcdef")]
    public void Secrets_are_known_by_their_name_or_by_their_shape(string name, string value) => Assert.Equal(SecretMask.Mask, SecretMask.Value(name, value));

    [Theory]
    [InlineData("PATH", "/usr/local/bin:/usr/bin")]
    [InlineData("HOME", "/root")]
    [InlineData("KEYBOARD", "de")]
    [InlineData("HOSTNAME", "bascule-7d9f8b6c5-x2x4z")]
    [InlineData("LANG", "C.UTF-8")]
    [InlineData("PWD", "/work")]
    [InlineData("OLDPWD", "/root")]
    [InlineData("PGPASSFILE", "/etc/pgpass")]
    [InlineData("MYSQL_PWD_FILE", "/run/secrets/mysql")]
    [InlineData("SSH_ASKPASS", "/usr/lib/ssh/ssh-askpass")]
    [InlineData("CACHE_BYPASS", "1")]
    [InlineData("PORT", "8666")]
    [InlineData("COMMIT", "0773fff")]
    [InlineData("WEBSOCKET_SESSION_PATH_TEMPLATE", "/ws/session/{{SESSION_ID}}/")]
    public void What_is_no_secret_is_shown(string name, string value) => Assert.Equal(value, SecretMask.Value(name, value));

    [Theory]
    [InlineData("REDIS_URL", "redis://:hunter2@cache:6379/0", "redis://***@cache:6379/0")]
    [InlineData("DATABASE", "Host=db;Username=u;Password=hunter2;Pooling=true", "Host=db;Username=u;Password=***;Pooling=true")]
    [InlineData("JAVA_OPTS", "-Dapi.token=hunter2 -Xmx1g", "-Dapi.token=*** -Xmx1g")]
    public void Of_an_address_or_a_list_only_the_secret_part_is_masked(string name, string value, string shown) => Assert.Equal(shown, SecretMask.Value(name, value));
}
