using System.Text.Json;
using Bascule.Terminal;

namespace Bascule.Cli;

/// <summary>What is known of a session over all connections to it: how much of it was written here, and how it ended.</summary>
internal sealed class SessionProgress
{
    private readonly StreamPosition _output = new();
    private readonly StreamPosition _errors = new();

    internal string? Incarnation { get; private set; }

    internal bool WasAttached { get; set; }

    /// <summary>Null while it runs.</summary>
    internal ExitFrame? Exit { get; set; }

    internal long? Output => _output.Written;

    internal long? Errors => _errors.Written;

    /// <summary>Something was written that is not acknowledged.</summary>
    internal bool HasNews => _output.IsBehind || _errors.IsBehind;

    /// <exception cref="JsonException">There is no such stream.</exception>
    internal StreamPosition Of(byte channel) => channel switch
    {
        TermChannel.Output => _output,
        TermChannel.Errors => _errors,
        _ => throw new JsonException($"a stream with the number {channel}"),
    };

    /// <summary>Attached to this start of the program: offsets of another one mean nothing.</summary>
    internal void Enter(string incarnation)
    {
        if (Incarnation is not null && Incarnation != incarnation)
        {
            _output.Forget();
            _errors.Forget();
        }

        Incarnation = incarnation;
    }

    internal void Resume()
    {
        _output.Resume();
        _errors.Resume();
    }

    internal IEnumerable<(byte Channel, long Offset)> Acks()
    {
        if (_output.Ack() is { } output)
            yield return (TermChannel.Output, output);
        if (_errors.Ack() is { } errors)
            yield return (TermChannel.Errors, errors);
    }
}
