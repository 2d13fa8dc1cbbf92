using System.Diagnostics;
using Bascule.Terminal;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bascule.Kubernetes.Fake;

/// <summary>Takes a piece of output, with the channel it belongs to.</summary>
internal delegate Task ExecOutput(byte channel, ReadOnlyMemory<byte> content);

/// <summary>What an exec started: a process of this machine.</summary>
internal interface IExecProgram : IAsyncDisposable
{
    Task WriteAsync(ReadOnlyMemory<byte> input);

    void CloseInput();

    void Resize(int columns, int rows);

    /// <summary>Passes all output on, then gives the exit code.</summary>
    Task<int> RunAsync(ExecOutput output);

    /// <summary>The container went.</summary>
    void Kill();
}

/// <summary>Without <c>tty</c>: three pipes.</summary>
internal sealed class PipedProgram : IExecProgram
{
    private readonly Process _process;

    /// <exception cref="System.ComponentModel.Win32Exception">There is no such program.</exception>
    internal PipedProgram(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment)
    {
        var info = new ProcessStartInfo(command[0], command.Skip(1)) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
            info.Environment[name] = value;
        _process = Process.Start(info)!;
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> input)
    {
        await _process.StandardInput.BaseStream.WriteAsync(input);
        await _process.StandardInput.BaseStream.FlushAsync();
    }

    public void CloseInput() => _process.StandardInput.Close();

    public void Resize(int columns, int rows)
    {
        // Pipes have no size.
    }

    public async Task<int> RunAsync(ExecOutput output)
    {
        await Task.WhenAll(CopyAsync(output, 1, _process.StandardOutput.BaseStream), CopyAsync(output, 2, _process.StandardError.BaseStream));
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    public void Kill() => _process.Kill(entireProcessTree: true);

    public ValueTask DisposeAsync()
    {
        _process.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task CopyAsync(ExecOutput output, byte channel, Stream stream)
    {
        var buffer = new byte[1 << 14];
        int count;
        while ((count = await stream.ReadAsync(buffer)) > 0)
            await output(channel, buffer.AsMemory(0, count));
    }
}

/// <summary>With <c>tty</c>: a real terminal.</summary>
internal sealed class TerminalProgram : IExecProgram
{
    private const int KilledCode = 137;
    private const int SignalBase = 128;

    private readonly PtyReactor _reactor = new("exec", NullLogger.Instance);
    private readonly Terminal.Terminal _terminal;

    /// <exception cref="TerminalStartException">There is no such program.</exception>
    internal TerminalProgram(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, TimeProvider time)
    {
        try
        {
            _terminal = Terminal.Terminal.Start(new TerminalOrder { Id = "exec", Command = command, Environment = environment, Hold = TimeSpan.Zero }, _reactor, NullLogger.Instance, time);
        }
        catch
        {
            _reactor.Dispose();
            throw;
        }
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> input) => await _terminal.WriteAsync(input, CancellationToken.None);

    public void CloseInput() => _terminal.CloseInput();

    public void Resize(int columns, int rows) => _terminal.Resize(new TerminalSize(columns, rows));

    public async Task<int> RunAsync(ExecOutput output)
    {
        var buffer = new byte[1 << 14];
        for (var at = 0L; ;)
        {
            await _terminal.Output.WaitAsync(at, CancellationToken.None);
            var count = _terminal.Output.Read(at, buffer);
            if (count > 0)
                await output(1, buffer.AsMemory(0, count));
            else if (_terminal.Output.IsComplete)
                break;
            at += count;
        }

        var exit = await _terminal.Ended;
        return exit.Code ?? (exit.Signal is { } signal ? SignalBase + SignalNames.NumberOf(signal) : KilledCode);
    }

    public void Kill() => _terminal.Signal(SignalNames.NumberOf("SIGKILL"));

    public async ValueTask DisposeAsync()
    {
        await _terminal.DisposeAsync();
        _reactor.Dispose();
    }
}
