using System.Diagnostics;
using Bascule.Kubernetes.Fake;
using Bascule.Testing;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>The real kubectl, with a home of its own.</summary>
internal sealed class KubectlRun : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("bascule-kubectl-").FullName;

    internal KubectlRun(FakeCluster cluster, string? token = null) => File.WriteAllText(Path.Combine(_home, "config"), cluster.Kubeconfig(token));

    /// <summary>False where kubectl is not installed.</summary>
    internal static bool IsThere { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "kubectl")));

    public void Dispose() => Directory.Delete(_home, recursive: true);

    internal string Write(string name, string content)
    {
        var path = Path.Combine(_home, name);
        File.WriteAllText(path, content);
        return path;
    }

    internal Process Start(params string[] words)
    {
        var info = new ProcessStartInfo("kubectl", words) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
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

    /// <summary>Runs it, and fails when it does not end with 0.</summary>
    internal async Task<string> SayAsync(params string[] words)
    {
        var (code, output, errors) = await RunAsync("", words);
        Assert.True(code == 0, $"kubectl {string.Join(' ', words)} ended with {code}: {errors}");
        return output;
    }
}
