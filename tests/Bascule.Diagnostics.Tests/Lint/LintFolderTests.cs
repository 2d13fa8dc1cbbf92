namespace Bascule.Diagnostics.Tests;

/// <summary>What is read of folders, and what correct files give.</summary>
public sealed class LintFolderTests : IDisposable
{
    private const string Good = "server {\n  location /ws {\n    proxy_pass http://app;\n    proxy_http_version 1.1;\n    proxy_read_timeout 3600s;\n    proxy_set_header Upgrade $http_upgrade;\n    proxy_set_header Connection $connection_upgrade;\n    proxy_set_header Host $host;\n  }\n}\n";
    private const string Bad = "server {\n  location /ws {\n    proxy_pass http://app;\n    proxy_read_timeout 3600s;\n  }\n}\n";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bascule-lint-");

    [Fact]
    public void Ten_thousand_small_files_give_the_right_findings()
    {
        for (var i = 0; i < 10_000; i++)
            Write($"{i / 500}/site-{i}.conf", i % 100 == 0 ? Bad : Good);

        var report = Run();

        Assert.Equal((10_000, 100), (report.Files, report.Findings.Count(f => f.Rule.Id == "NGINX-UPGRADE-HEADERS")));
        Assert.Equal(100, report.Findings.Count);
    }

    [Fact]
    public void What_is_no_configuration_of_this_project_is_passed_by()
    {
        foreach (var folder in (string[])[".git", "node_modules/x", "bin/Release", "obj", "vendor"])
            Write($"{folder}/nginx.conf", Bad);
        Write("binary.conf", "server { location /ws { proxy_pass http://a; } }\0");
        Write("big.conf", Bad + new string('#', (int)FolderWalk.MaxBytes));
        Write("notes.md", Bad);
        File.CreateSymbolicLink(Path.Combine(_folder.FullName, "linked.conf"), Path.Combine(_folder.FullName, "vendor/nginx.conf"));
        Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, "loop"), _folder.FullName);

        Assert.Empty(Run().Findings);
    }

    [Fact]
    public void Paths_are_told_as_they_are_seen_from_here()
    {
        Write("deploy/proxy/nginx.conf", Bad);

        Assert.Equal("deploy/proxy/nginx.conf:2", Run().Findings[0].Place.ToString());
    }

    [Fact]
    public void The_deployment_files_of_the_project_itself_give_no_finding()
    {
        var root = Path.GetFullPath(Path.Combine(LintRuleTests.Folder(), "../../.."));

        foreach (var isAssumed in (bool[])[false, true])
        {
            var report = LintRun.Run(FolderWalk.Read(["deploy"], root), new LintOptions(AssumeWebSockets: isAssumed));

            Assert.True(report.Files > 0);
            Assert.NotEmpty(report.Intents);
            Assert.True(report.Findings.Count == 0, LintText.Write(report));
        }
    }

    [Fact]
    public void Plain_HTTP_services_are_left_alone()
    {
        Write("nginx.conf", "server {\n  location / {\n    proxy_pass http://app;\n  }\n}\n");
        Write("main.tf", "resource \"aws_lb\" \"web\" {\n  load_balancer_type = \"application\"\n}\nresource \"google_cloud_run_v2_service\" \"api\" {\n  template {\n    timeout = \"60s\"\n  }\n}\n");
        Write("k8s/app.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: api\nspec:\n  replicas: 1\n  template:\n    spec:\n      containers:\n        - name: api\n          image: api\n          resources: { limits: { cpu: 100m, memory: 64Mi } }\n");
        Write("server.js", "import express from 'express';\nexpress().listen(8080);\n");

        var report = Run();

        Assert.Empty(report.Findings);
        Assert.StartsWith("Nothing found; and nothing here shows that WebSockets are carried", LintText.Write(report));
    }

    private LintReport Run() => LintRun.Run(FolderWalk.Read(["."], _folder.FullName));

    private void Write(string path, string text)
    {
        var full = Path.Combine(_folder.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
