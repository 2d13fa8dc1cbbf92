using System.Diagnostics;
using Bascule.Cluster;

namespace Bascule.Storage.Tests;

/// <summary>A real engine, started for one test class and ended with it.</summary>
public abstract class StoreEngine : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bascule-storage-");

    protected string Folder => _folder.FullName;

    /// <summary>The first part of the name that the store must have.</summary>
    public abstract string Title { get; }

    /// <summary>The engine as the setting <c>storage</c> names it.</summary>
    public abstract string Address { get; }

    /// <summary>A store of its own connections. Who asks disposes it.</summary>
    public abstract IClusterStore NewStore();

    /// <summary>What the engine still holds of an epoch, whether it counts or not.</summary>
    public abstract Task<long> LeftoversAsync(Epoch epoch);

    /// <summary>The engine is gone without a word.</summary>
    public abstract Task KillAsync();

    /// <summary>It is back, with whatever it kept.</summary>
    public abstract Task ReviveAsync();

    public virtual async ValueTask InitializeAsync() => await ReviveAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await KillAsync();
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    internal static Process Start(string program, params IEnumerable<string> arguments)
    {
        var process = new Process { StartInfo = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true } };
        process.Start();

        // Read, so that a full pipe never stops it.
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    internal static async Task RunAsync(string program, params IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {await output}{await errors}");
    }
}
