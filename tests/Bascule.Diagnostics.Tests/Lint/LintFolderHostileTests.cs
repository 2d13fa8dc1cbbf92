using System.Diagnostics;
using System.Text;

namespace Bascule.Diagnostics.Tests;

/// <summary>Folders that are not as a folder should be: broken files by the thousand, and what is no file at all.</summary>
public sealed class LintFolderHostileTests : IDisposable
{
    /// <summary>Fixed, so that a failure can be had again.</summary>
    private const int Seed = 20261121;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bascule-lint-");

    [Fact]
    public void A_thousand_broken_files_are_linted_to_the_end()
    {
        var random = new Random(Seed);
        (string Path, string Text)[] examples = [.. LintRules.All.SelectMany(r => r.Fires.Files.Concat(r.Silent.Files)).Distinct()];
        for (var i = 0; i < 1000; i++)
        {
            var (path, text) = examples[random.Next(examples.Length)];
            var full = Path.Combine(_folder.FullName, $"{i}", path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            File.WriteAllBytes(full, Broken(Encoding.UTF8.GetBytes(text), random));
        }

        var report = LintRun.Run(FolderWalk.Read(["."], _folder.FullName), new LintOptions(AssumeWebSockets: true));

        Assert.InRange(report.Files, 500, 1000);
        Assert.All(report.Findings, f => Assert.True(f.Place is { Line: >= 1, Column: >= 1 }, f.Verdict.Headline));
        Assert.NotEmpty(LintText.Write(report, 80));
        Assert.NotEmpty(LintSarif.Write(report, "1"));
        Assert.NotEmpty(LintGitHub.Write(report));
        Assert.NotNull(LintDocument.Of(report).Verdict);
    }

    [Fact]
    public void What_is_no_file_with_a_text_is_passed_by()
    {
        File.WriteAllText(Full("nginx.conf"), "server {\n  location /ws {\n    proxy_pass http://app;\n    proxy_read_timeout 1h;\n  }\n}\n");
        File.WriteAllText(Full("empty.yaml"), "");
        using (var big = File.Create(Full("big.tf")))
            big.SetLength(100L * 1024 * 1024);
        File.CreateSymbolicLink(Full("loop.conf"), Full("loop.conf"));
        Directory.CreateSymbolicLink(Full("round"), _folder.FullName);
        if (!OperatingSystem.IsWindows())
        {
            Pipe(Full("pipe.yaml"));
            File.CreateSymbolicLink(Full("device.yaml"), "/dev/zero");
            File.WriteAllText(Full("closed.env"), "WS_MODE=multi\n");
            File.SetUnixFileMode(Full("closed.env"), UnixFileMode.None);
        }

        var report = LintRun.Run(FolderWalk.Read(["."], _folder.FullName));

        Assert.Equal(["NGINX-UPGRADE-HEADERS"], report.Findings.Select(f => f.Rule.Id));
    }

    [Fact]
    public void A_file_that_is_named_and_too_big_is_told()
    {
        using (var big = File.Create(Full("big.tf")))
            big.SetLength(FolderWalk.MaxBytes + 1);

        var fault = Assert.Throws<IOException>(() => FolderWalk.Read(["big.tf"], _folder.FullName).ToList());

        Assert.EndsWith("big.tf is above 1 MB, so it is not read.", fault.Message);
    }

    [Fact]
    public void A_pipe_that_is_named_is_told_and_not_opened()
    {
        Pipe(Full("pipe.yaml"));

        var fault = Assert.Throws<IOException>(() => FolderWalk.Read(["pipe.yaml"], _folder.FullName).ToList());

        Assert.EndsWith("pipe.yaml is empty, or a pipe or device, so it is not read.", fault.Message);
    }

    [Fact]
    public void A_binary_that_is_named_is_told()
    {
        File.WriteAllText(Full("image.conf"), "\u007fELF\0\0");

        var fault = Assert.Throws<IOException>(() => FolderWalk.Read(["image.conf"], _folder.FullName).ToList());

        Assert.EndsWith("image.conf is binary, so it is not read.", fault.Message);
    }

    [Fact]
    public void More_files_than_can_be_judged_are_refused_and_not_cut_off()
    {
        foreach (var name in (string[])["a.conf", "b.conf", "c.conf"])
            File.WriteAllText(Full(name), "server {}\n");

        Assert.Equal(3, FolderWalk.Read(["."], _folder.FullName, mostFiles: 3).Count());
        var fault = Assert.Throws<IOException>(() => FolderWalk.Read(["."], _folder.FullName, mostFiles: 2).ToList());

        Assert.StartsWith("There are more than 2 files to be read", fault.Message);
    }

    [Fact]
    public void A_name_with_a_line_end_is_one_line_in_the_report()
    {
        File.WriteAllText(Full("a\nb.env"), "VITE_WS_URL=ws://api.example.com/ws\n");

        Assert.Equal(["a·b.env"], FolderWalk.Read(["."], _folder.FullName).Select(f => f.Path));
    }

    [Fact]
    public void A_line_with_a_secret_is_in_no_diff()
    {
        const string command = "gcloud run deploy chat --image=x --timeout=60 --set-env-vars=PORT=7000,API_KEY=sk_live_abcdef123456\n";

        var report = LintRun.Run([("deploy.sh", command), ("server.js", "const { WebSocketServer } = require('ws');\nnew WebSocketServer({ port: 7000 });\n")]);

        Assert.Contains(report.Findings, f => f.Place.File == "deploy.sh");
        Assert.All(report.Findings, f => Assert.DoesNotContain("sk_live", $"{f.Seen} {f.Fix} {f.Diff}"));
    }

    [Theory]
    [InlineData("{ name: API_KEY, value: SeCrEt-kn-9 }")]
    [InlineData("{ value: \"SeCrEt-kn-9\", name: \"API_KEY\" }")]
    public void A_line_with_the_value_of_a_secret_variable_is_in_no_diff(string variable)
    {
        var service = $"apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {{ name: chat }}\nspec: {{ template: {{ spec: {{ timeoutSeconds: 60, containers: [{{ image: chat, env: [{variable}] }}] }} }} }}\n";

        var report = LintRun.Run([("service.yaml", service), ("server.js", "const { WebSocketServer } = require('ws');\nnew WebSocketServer({ port: 7000 });\n")]);

        Assert.Contains(report.Findings, f => f.Place.ToString() == "service.yaml:4");
        Assert.All(report.Findings, f => Assert.DoesNotContain("SeCrEt", $"{f.Seen} {f.Fix} {f.Diff}"));
    }

    [Fact]
    public void A_location_on_one_line_gets_no_lines_behind_its_end()
    {
        var report = LintRun.Run([("nginx.conf", "server {\n  location /ws { proxy_pass http://app; proxy_read_timeout 1h; }\n}\n")], new LintOptions(AssumeWebSockets: true));

        Assert.Null(report.Findings.Single(f => f.Rule.Id == "NGINX-UPGRADE-HEADERS").Diff);
    }

    [Fact]
    public void A_heartbeat_that_is_set_is_not_the_one_that_a_library_has_by_itself()
    {
        var report = LintRun.Run([("main.py", "import websockets\nserver = websockets.serve(h, \"0.0.0.0\", 9000, ping_interval=90)\n")]);

        Assert.Equal(90, report.Heartbeat?.Seconds);
    }

    [Fact]
    public void Text_in_UTF_16_is_read_as_its_mark_says()
    {
        File.WriteAllText(Full(".env"), "VITE_WS_URL=ws://api.example.com/ws\r\n", Encoding.Unicode);
        File.WriteAllText(Full("other.env"), "VITE_WS_URL=ws://api.example.com/ws\r\n", Encoding.BigEndianUnicode);

        var report = LintRun.Run(FolderWalk.Read(["."], _folder.FullName));

        Assert.Equal([".env:1", "other.env:1"], report.Findings.Where(f => f.Rule.Id == "ENV-SCHEME-MISMATCH").Select(f => f.Place.ToString()));
    }

    /// <summary>Cut, flipped, doubled, deepened, blown up, or written by another system.</summary>
    private static byte[] Broken(byte[] text, Random random)
    {
        var at = random.Next(text.Length + 1);
        switch (random.Next(9))
        {
            case 0:
                return text[..at];
            case 1:
                for (var i = 0; i < 8 && text.Length > 0; i++)
                    text[random.Next(text.Length)] ^= (byte)(1 << random.Next(8));
                return text;
            case 2:
                return [.. text[..at], .. Enumerable.Repeat("{[(<\"'"u8[random.Next(6)], 5000), .. text[at..]];
            case 3:
                return [.. text[..at], .. "99999999999999999999999999999999e999"u8, .. text[at..]];
            case 4:
                return [.. text[..at], .. "\na: &a [*a, *a]\nb: <<EOF\n"u8, .. text[at..]];
            case 5:
                return Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text).Replace("\n", "\r\n", StringComparison.Ordinal));
            case 6:
                return [0xEF, 0xBB, 0xBF, .. text];
            case 7:
                return [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(text))];
            default:
                var noise = new byte[random.Next(1, 400)];
                random.NextBytes(noise);
                return [.. text[..at], .. noise, .. text[at..]];
        }
    }

    private static void Pipe(string path)
    {
        using var made = Process.Start("mkfifo", [path]);
        made.WaitForExit();
        Assert.Equal(0, made.ExitCode);
    }

    private string Full(string name) => Path.Combine(_folder.FullName, name);

    public void Dispose() => _folder.Delete(recursive: true);
}
