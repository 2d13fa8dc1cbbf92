namespace Bascule.Diagnostics.Tests;

/// <summary>What the parsers make of files: keys, values and places.</summary>
public sealed class ConfigTreeTests
{
    [Fact]
    public void Terraform_has_blocks_lists_objects_and_texts_with_their_lines()
    {
        var root = HclTree.Read("# c\nresource \"a\" \"b\" {\n  n = 3 // three\n  s = \"x${var.y[\"k\"]}z\"\n  l = [\n    \"p\", # q\n    r.id,\n  ]\n  o = { k = \"v\", \"w.x\" = 2 }\n  inner { deep = true }\n  t = <<-EOT\n    text }\n  EOT\n  f = merge(var.a, { b = 1 })\n  last = 1\n}\n", "main.tf");

        var block = root["resource"]!;
        Assert.Equal(["a", "b"], block.Words);
        Assert.Equal(("3", "x${var.y[\"k\"]}z", "true"), (block.Text("n"), block.Text("s"), block.Text("inner", "deep")));
        Assert.Equal(["p", "r.id"], block["l"]!.Texts);
        Assert.Equal(("v", "2"), (block.Text("o", "k"), block.Text("o", "w.x")));
        Assert.Equal("    text }\n", block.Text("t"));
        Assert.Equal(("merge(var.a, { b = 1 })", "1"), (block.Text("f"), block.Text("last")));
        Assert.Equal((7, 15), (block["l"]!.Children[1].Place.Line, block["last"]!.Place.Line));
    }

    [Fact]
    public void Nginx_has_directives_with_words_and_without_quotes()
    {
        var root = NginxTree.Read("http {\n  map $http_upgrade $c { default upgrade; '' \"\"; }\n  server { # c }\n    location ~ ^/ws/(a|b){2} { proxy_set_header Connection \"\"; set $x ${y}z; }\n  }\n}\n", "nginx.conf");

        var location = root.At("http", "server", "location")!;
        Assert.Equal(["~", "^/ws/(a|b){2}"], location.Words);
        Assert.Equal(["Connection", ""], location["proxy_set_header"]!.Words);
        Assert.Equal(["$x", "${y}z"], location["set"]!.Words);
        Assert.Equal(4, location.Place.Line);
    }

    [Fact]
    public void Haproxy_has_sections_and_caddy_blocks()
    {
        var haproxy = LineTrees.Haproxy("defaults\n  timeout client 30s # c\nbackend ws\n  server s1 10.0.0.1:80 check\n", "haproxy.cfg");
        var caddy = LineTrees.Caddy("example.com {\n\treverse_proxy /ws app:80 {\n\t\theader_up Host \"{host}\"\n\t}\n}\n", "Caddyfile");

        Assert.Equal(["client", "30s"], haproxy.At("defaults", "timeout")!.Words);
        Assert.Equal(("ws", 4), (haproxy["backend"]!.Words[0], haproxy.At("backend", "server")!.Place.Line));
        Assert.Equal(["Host", "{host}"], caddy.At("example.com", "reverse_proxy", "header_up")!.Words);
    }

    [Fact]
    public void Yaml_has_documents_merges_and_lines()
    {
        var root = YamlTree.Read("a: &x { b: 1 }\nc:\n  <<: *x\n  d: [2, 3]\n---\ne: |\n  f\n", "a.yaml");

        Assert.Equal(("1", "f\n"), (root.Children[0].Text("c", "b"), root.Children[1].Text("e")));
        Assert.Equal(["2", "3"], root.Children[0].At("c", "d")!.Texts);
        Assert.Equal(4, root.Children[0].At("c", "d")!.Place.Line);
    }

    [Fact]
    public void Json_and_toml_have_places_too()
    {
        var json = JsonTree.Read("{\n  // c\n  \"a\": [ { \"b\": 1.5 }, true ],\n}", "a.json");
        var toml = TomlTree.Read("a.b = 1\n[c.d]\ne = \"x\" # y\nf = [1,\n 2]\n[[g]]\nh = 1\n[[g]]\nh = 2\n", "a.toml");

        Assert.Equal(("1.5", 3), (json["a"]!.Children[0].Text("b"), json["a"]!.Children[0]["b"]!.Place.Line));
        Assert.Equal(("1", "x", 3), (toml.Text("a", "b"), toml.Text("c", "d", "e"), toml.At("c", "d", "e")!.Place.Line));
        Assert.Equal(["1", "2"], toml.At("c", "d", "f")!.Texts);
        Assert.Equal(["1", "2"], toml.All("g").Select(g => g.Text("h")));
    }

    [Fact]
    public void A_dockerfile_has_instructions_in_exec_and_in_shell_form()
    {
        var root = DockerfileTree.Read("FROM a AS b\n# c\nRUN x \\\n    # d\n    && y\nCMD [\"n\", \"s\"]\n", "Dockerfile");

        Assert.Equal(["FROM", "RUN", "CMD"], root.Children.Select(c => c.Key));
        Assert.NotNull(root["RUN"]![DockerfileTree.Shell]);
        Assert.Equal((2, 6), (root["CMD"]!.Words.Count, root["CMD"]!.Place.Line));
    }

    [Fact]
    public void A_script_has_commands_flags_redirections_and_here_documents()
    {
        var commands = ShellCommands.Read("#!/bin/sh\nif [ ! -f .env ]; then cp a .env; fi\nX=1 gcloud run deploy s \\\n  --timeout=30 --image \"a b\" || true\ncat <<'EOF' > prod.env\nA=1\nEOF\necho \"$(date)\" >> log 2>&1 # c\nprintf 'B=2\\n' >.env\n", "deploy.sh");

        Assert.Equal(["[", "cp", "fi", "gcloud", "true", "cat", "echo", "printf"], commands.Select(c => c.Program));
        Assert.Equal(("30", "a b", 3), (commands[3].Flag("--timeout"), commands[3].Flag("--image"), commands[3].Place.Line));
        Assert.Equal(("prod.env", "A=1\n", 5), (commands[5].Writes[0], commands[5].Input, commands[5].Place.Line));
        Assert.Empty(commands[6].Writes);
        Assert.Equal((".env", 9), (commands[7].Writes[0], commands[7].Place.Line));
    }

    [Theory]
    [InlineData("30", 30.0)]
    [InlineData("30s", 30.0)]
    [InlineData("1h30m", 5400.0)]
    [InlineData("500ms", 0.5)]
    [InlineData("01:00:00", 3600.0)]
    [InlineData("\"60\"", 60.0)]
    [InlineData("soon", null)]
    [InlineData("30x", null)]
    [InlineData("", null)]
    public void Times_are_read_as_files_write_them(string text, double? seconds) => Assert.Equal(seconds, TimeText.Seconds(text));

    [Theory]
    [InlineData("server.js", "require('ws'); setInterval(() => { wss.clients.forEach(c => c.ping()); }, 30000);", 30)]
    [InlineData("server.js", "require('ws'); const HEARTBEAT_INTERVAL = 25 * 1000;", 25)]
    [InlineData("main.go", "// gorilla/websocket\nconst pongWait = 60 * time.Second\nconst pingPeriod = (pongWait * 9) / 10\n", 54)]
    [InlineData("app.py", "import websockets\nawait websockets.serve(h, p, ping_interval=15)\n", 15)]
    [InlineData("Program.cs", "app.UseWebSockets(new() { KeepAliveInterval = TimeSpan.FromSeconds(20) });", 20)]
    [InlineData("Program.cs", "app.UseWebSockets();", 120)]
    [InlineData(".env", "WEBSOCKET_HEARTBEAT_INTERVAL=25", 25)]
    [InlineData(".env", "WS_PING_INTERVAL_MS=25000", 25)]
    public void A_heartbeat_is_found(string path, string text, double seconds) =>
        Assert.Equal(seconds, new Deployment(FileLoader.Load(path, text), new LintOptions()).Quickest?.Seconds);
}
