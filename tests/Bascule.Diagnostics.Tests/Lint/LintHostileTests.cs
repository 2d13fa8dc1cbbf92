using FsCheck;
using FsCheck.Fluent;

namespace Bascule.Diagnostics.Tests;

/// <summary>Whatever stands in a file: the linter says something, or nothing, and goes on.</summary>
public sealed class LintHostileTests
{
    private static readonly string[] Names =
    [
        "main.tf", "plan.json", "a.yaml", "kustomize.yml", "nginx.conf", "haproxy.cfg", "Caddyfile", "httpd.conf", "Dockerfile", "deploy.sh", ".env", "fly.toml", "web.config", "package.json",
        "server.js", "main.go", "app.py", "Program.cs", "kong.yml", ".github/workflows/a.yml", "compose.yaml", "Procfile", "sysctl.conf", "bascule.service", "requirements.txt", "envoy.yaml", "vercel.json",
    ];

    private static readonly (string Path, string Text)[] Examples = [.. LintRules.All.SelectMany(r => r.Fires.Files.Concat(r.Silent.Files)).Distinct()];

    /// <summary>Rubbish, and pieces of real files that were cut, doubled, turned round or filled with signs.</summary>
    private static readonly Gen<(string Path, string Text)> Files = Gen.Frequency(
        (1, from name in Gen.Elements(Names) from text in Gen.Choose(1, 0x2ff).Select(c => (char)c).ListOf(200) select (name, new string([.. text]))),
        (2, from name in Gen.Elements(Names) from text in Gen.Elements("{", "}", "[", "]", "\"", "'", "\n", "  ", ":", "- ", "=", "#", "<<EOF", "$(", "${", "&a", "*a", "<<:", "|", ">", ";", "\\", "location /ws ", "resource ", "timeout ", "http", "\t", "\r\n").ListOf(120) select (name, string.Concat(text))),
        (4, from example in Gen.Elements(Examples) from name in Gen.Elements(Names) from isOwn in Gen.Elements(true, true, false) from cut in Gen.Choose(0, 400) from sign in Gen.Elements("{", "}", "\"", "'", "[", "\n", "\u0001", "é", "*a", "9999999999999999999999") select (isOwn ? example.Path : name, Broken(example.Text, cut, sign))));

    [Fact]
    public void No_file_breaks_the_linter() =>
        Prop.ForAll(Files.ListOf(4).ToArbitrary(), files =>
        {
            var report = LintRun.Run(files, new LintOptions(AssumeWebSockets: true));
            Assert.NotNull(LintText.Write(report));
            Assert.NotNull(LintSarif.Write(report, "1"));
            Assert.All(report.Findings, f => Assert.True(f.Place.Line >= 1 && f.Place.Column >= 1, f.Verdict.Headline));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    public static TheoryData<string, string> Deep => new()
    {
        { "a.yaml", new string('[', 100_000) },
        { "a.yaml", string.Concat(Enumerable.Range(0, 300).Select(i => new string(' ', i * 2) + "a:\n")) },
        { "main.tf", string.Concat(Enumerable.Repeat("a {\n", 50_000)) },
        { "main.tf", "a = " + new string('[', 100_000) },
        { "nginx.conf", string.Concat(Enumerable.Repeat("server { ", 50_000)) + "proxy_pass x;" },
        { "Caddyfile", string.Concat(Enumerable.Repeat("a {\n", 50_000)) },
        { "httpd.conf", string.Concat(Enumerable.Repeat("<Location /ws>\n", 50_000)) },
        { "vercel.json", string.Concat(Enumerable.Repeat("{\"a\":", 50_000)) },
        { "web.config", string.Concat(Enumerable.Repeat("<a>", 50_000)) },
        { "fly.toml", "[" + string.Join('.', Enumerable.Repeat("a", 50_000)) + "]\nb = 1\n" },
        { "a.yaml", "a: &a [x, x, x, x, x, x, x, x, x]\n" + string.Concat(Enumerable.Range(0, 12).Select(i => $"{(char)('b' + i)}: &{(char)('b' + i)} [*{(char)('a' + i)}, *{(char)('a' + i)}, *{(char)('a' + i)}, *{(char)('a' + i)}, *{(char)('a' + i)}, *{(char)('a' + i)}, *{(char)('a' + i)}]\n")) },
        { "web.config", "<!DOCTYPE a [<!ENTITY b \"x\">]><a>&b;</a>" },
    };

    [Theory]
    [MemberData(nameof(Deep))]
    public void What_is_too_deep_or_repeats_itself_is_told_and_not_followed(string path, string text)
    {
        var report = LintRun.Run([(path, text)]);

        Assert.Equal(["UNREADABLE"], report.Findings.Select(f => f.Rule.Id));
    }

    [Theory]
    [InlineData("deploy.sh", "a $(")]
    [InlineData("server.js", "websocket setInterval(")]
    [InlineData(".env", "=")]
    [InlineData("Dockerfile", "RUN <<EOF\n")]
    [InlineData("Dockerfile", "FROM x\nCMD [\"a\", 1]")]
    [InlineData("plan.json", "{\"planned_values\": {\"root_module\": {\"resources\": [{\"type\": 1, \"values\": null}]}}}")]
    [InlineData("a.yaml", "apiVersion: v1\nkind: Service\nspec: 3\n")]
    [InlineData("a.yaml", "apiVersion: [a]\nkind: {b: c}\n")]
    [InlineData("nginx.conf", "location {\n}\nproxy_set_header;\n")]
    [InlineData("haproxy.cfg", "backend\n  server\n  timeout\n")]
    [InlineData("a.yaml", "apiVersion: networking.k8s.io/v1\nkind: Ingress\nspec:\n  ingressClassName: gce\n---\napiVersion: cloud.google.com/v1\nkind: BackendConfig\nspec:\n  timeoutSec: soon\n")]
    public void What_is_only_half_there_is_no_surprise(string path, string text) => Assert.NotNull(LintRun.Run([(path, text)], new LintOptions(AssumeWebSockets: true)));

    private static string Broken(string text, int cut, string sign)
    {
        var at = Math.Min(cut, text.Length);
        return (cut % 3) switch { 0 => text[..at] + sign, 1 => text[at..] + sign + text[..at], _ => text[..at] + sign + text[at..] };
    }
}
