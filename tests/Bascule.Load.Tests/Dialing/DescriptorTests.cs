using System.Diagnostics;
using System.Globalization;
using Bascule.Testing;

namespace Bascule.Load.Tests;

/// <summary>Alone, for the limit of descriptors is that of the whole process.</summary>
[CollectionDefinition(nameof(DescriptorTests), DisableParallelization = true)]
public sealed class DescriptorsAlone;

/// <summary>A process that has no descriptors left.</summary>
[Collection(nameof(DescriptorTests))]
public sealed class DescriptorTests : DialTest
{
    [Fact]
    public async Task A_process_without_descriptors_blames_itself()
    {
        Assert.True(File.Exists("/usr/bin/prlimit"), "prlimit (util-linux) is not here.");
        await using var server = BrokenServer.Start(Behaviour.Missing404);
        // All that a handshake needs is loaded before descriptors run out.
        await FailureAsync(server.Url);

        LoadFailure failure;
        using (var limit = await LowLimit.SetAsync())
        {
            failure = await FailureAsync(server.Url);
            await limit.LiftAsync();
        }

        Assert.Equal((FailureClasses.LocalDescriptors, Guilty.Client), (failure.Class, FailureClasses.GuiltyOf(failure.Class)));
    }

    /// <summary>A shell that lowers the limit of this process and raises it again; it is started before, for a start needs descriptors.</summary>
    private sealed class LowLimit(Process shell) : IDisposable
    {
        internal static async Task<LowLimit> SetAsync()
        {
            var id = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
            var script = $"old=$(prlimit --pid {id} --nofile --output SOFT --noheadings); prlimit --pid {id} --nofile=3:; echo low; read x; prlimit --pid {id} --nofile=$old:; echo high";
            var shell = Process.Start(new ProcessStartInfo("sh", ["-c", script]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true })!;
            var limit = new LowLimit(shell);
            Assert.Equal("low", await shell.StandardOutput.ReadLineAsync().Soon());
            return limit;
        }

        internal async Task LiftAsync()
        {
            await shell.StandardInput.WriteLineAsync();
            await shell.StandardInput.FlushAsync();
            Assert.Equal("high", await shell.StandardOutput.ReadLineAsync().Soon());
        }

        // At the end of its input the shell raises the limit too, so a failed test does not take the others with it.
        public void Dispose()
        {
            shell.StandardInput.Close();
            shell.WaitForExit();
            shell.Dispose();
        }
    }
}
