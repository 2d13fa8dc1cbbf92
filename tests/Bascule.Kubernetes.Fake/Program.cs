using System.Runtime.InteropServices;
using Bascule.Kubernetes.Fake;

// A fake Kubernetes for trying things out:
//   --kubeconfig FILE     where to write how to reach it
//   --run                 containers become processes of this machine
//   --program NAME=PATH   what the first word of a command stands for
string? file = null;
var runs = false;
var programs = new Dictionary<string, string>(StringComparer.Ordinal);
for (var i = 0; i < args.Length; i++)
{
    if (args[i] == "--kubeconfig" && i + 1 < args.Length)
        file = args[++i];
    else if (args[i] == "--run")
        runs = true;
    else if (args[i] == "--program" && i + 1 < args.Length && args[++i].Split('=', 2) is [var name, var path])
        programs[name] = path;
    else
    {
        await Console.Error.WriteLineAsync($"Unknown: {args[i]}. Known: --kubeconfig FILE, --run, --program NAME=PATH.");
        return 64;
    }
}

var processes = new LocalProcesses(programs, TimeProvider.System);
await using var cluster = await FakeCluster.StartAsync(new FakeOptions { Launcher = runs ? processes.StartAsync : null });
if (file is not null)
    await File.WriteAllTextAsync(file, cluster.Kubeconfig());
Console.WriteLine($"{{\"https\":\"{cluster.Https}\",\"http\":\"{cluster.Http}\",\"token\":\"{cluster.AdminToken}\"}}");

var stop = new TaskCompletionSource();
using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
await stop.Task;
return 0;

void End(PosixSignalContext context)
{
    context.Cancel = true;
    stop.TrySetResult();
}
