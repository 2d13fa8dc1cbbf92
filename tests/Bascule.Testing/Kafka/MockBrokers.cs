using System.Diagnostics;

namespace Bascule.Testing;

/// <summary>A small Kafka in a process of its own: real sockets, the real protocol. What it cannot do is in its README.</summary>
public sealed class MockBrokers : IAsyncDisposable
{
    private const string Program = "Bascule.Kafka.MockBrokers.dll";
    private readonly Process _process;

    private MockBrokers(Process process, string addresses) => (_process, Addresses) = (process, addresses);

    /// <summary>Of all brokers, as <c>hub.kafka.brokers</c> takes them.</summary>
    public string Addresses { get; }

    /// <summary>Three brokers without topics.</summary>
    public static async Task<MockBrokers> StartAsync()
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, Program)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        var process = Process.Start(start) ?? throw new InvalidOperationException("dotnet does not start.");
        var line = await process.StandardOutput.ReadLineAsync().Soon();
        if (line?.Split(' ') is ["ready", var addresses])
            return new MockBrokers(process, addresses);
        process.Dispose();
        throw new InvalidOperationException($"The mock brokers do not start ({line ?? "no word"}). Is librdkafka1 installed?");
    }

    public Task TopicAsync(string name, int partitions) => DoAsync($"topic {name} {partitions}");

    /// <summary>Closes its connections and refuses new ones. Brokers count from 1 to 3.</summary>
    public Task DownAsync(int broker) => DoAsync($"down {broker}");

    public Task UpAsync(int broker) => DoAsync($"up {broker}");

    public async Task AllDownAsync()
    {
        for (var broker = 1; broker <= 3; broker++)
            await DownAsync(broker);
    }

    public async Task AllUpAsync()
    {
        for (var broker = 1; broker <= 3; broker++)
            await UpAsync(broker);
    }

    /// <summary>Gives the partition to another broker.</summary>
    public Task LeaderAsync(string topic, int partition, int broker) => DoAsync($"leader {topic} {partition} {broker}");

    /// <summary>The next answers of this kind are errors: numbers of the Kafka protocol.</summary>
    public Task FailAsync(int api, int error, int count) => DoAsync($"fail {api} {error} {count}");

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        try
        {
            await _process.WaitForExitAsync().Soon();
        }
        catch (TimeoutException)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private async Task DoAsync(string command)
    {
        await _process.StandardInput.WriteLineAsync(command);
        await _process.StandardInput.FlushAsync();
        if (await _process.StandardOutput.ReadLineAsync().Soon() is not "ok" and var answer)
            throw new InvalidOperationException($"{command}: {answer}");
    }
}
