using System.Diagnostics;
using Bascule.Kubernetes.Fake;
using Bascule.Testing;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>The real kubectl, with a home of its own.</summary>
internal sealed class KubectlRun : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("bascule-kubectl-").FullName;

    internal KubectlRun(FakeCluster cluster, string? token = null) => File.WriteAllText(Path.Combine(_home, "config"), cluster.Kubeconfig(token));

    /// <summary>Debian's own is older than exec over WebSockets, so ./test does not install it.</summary>
    internal static void MustBeThere() => Assert.True(
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "kubectl"))),
        "kubectl is not in the path: install 1.31 or newer, https://kubernetes.io/docs/tasks/tools/");

    public void Dispose() => Directory.Delete(_home, recursive: true);

    internal string Write(string name, string content)
    {
        var path = Path.Combine(_home, name);
        File.WriteAllText(path, content);
        return path;
    }

    internal Process Start(params string[] words)
    {
        return StartOf("kubectl", words);
    }

    /// <summary>Runs shell words on a terminal, and gives all that it shows.</summary>
    internal async Task<string> InTerminalAsync(string shell, string typed)
    {
        using var process = StartOf("script", ["-qec", shell, "/dev/null"]);
        await process.StandardInput.WriteAsync(typed);
        await process.StandardInput.FlushAsync();
        var shown = await process.StandardOutput.ReadToEndAsync().Soon();
        await process.WaitForExitAsync().Soon();
        return shown;
    }

    private Process StartOf(string program, string[] words)
    {
        var info = new ProcessStartInfo(program, words) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        info.Environment["KUBECONFIG"] = Path.Combine(_home, "config");
        info.Environment["HOME"] = _home;
        return Process.Start(info)!;
    }

    internal async Task<(int Code, string Output, string Errors)> RunAsync(string input, params string[] words)
    {
        using var process = Start(words);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().Soon();
        return (process.ExitCode, await output, await errors);
    }

    /// <summary><c>yes</c> or <c>no</c>. Kubectl takes what stands behind a slash for a name.</summary>
    internal async Task<string> CanAsync(string verb, string resource, string space)
    {
        string[] words = ["auth", "can-i", verb, resource.Split('/')[0], "-n", space];
        return (await RunAsync("", resource.Split('/') is [_, var sub] ? [.. words, $"--subresource={sub}"] : words)).Output.Trim();
    }

    /// <summary>Runs it, and fails when it does not end with 0.</summary>
    internal async Task<string> SayAsync(params string[] words)
    {
        var (code, output, errors) = await RunAsync("", words);
        Assert.True(code == 0, $"kubectl {string.Join(' ', words)} ended with {code}: {errors}");
        return output;
    }
}
