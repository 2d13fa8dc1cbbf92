using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Bascule.Terminal;

namespace Bascule.Cli;

/// <summary><c>bascule session recording --verify</c>: what the file alone can tell.</summary>
internal static class RecordingProof
{
    /// <summary>As long as any line of a recording.</summary>
    private const int MostHeaderBytes = 1 << 20;

    /// <summary>Good is only what is proved to its end.</summary>
    internal static async Task<int> TellAsync(Surroundings surroundings, string name, CancellationToken interruption)
    {
        var output = surroundings.Output;
        try
        {
            await using var file = File.OpenRead(Path.GetFullPath(name, surroundings.WorkingDirectory));
            // Looks at the beginning and leaves it there, also in a pipe.
            var recording = PipeReader.Create(file);
            var beginning = (await recording.ReadAtLeastAsync(MostHeaderBytes, interruption)).Buffer;
            var isRecording = BeginsAsRecording(beginning);
            recording.AdvanceTo(beginning.Start);
            if (!isRecording)
            {
                output.ErrorLine($"{name} is no recording: it does not begin with the header of asciicast v3.");
                return ExitCodes.FoundFault;
            }

            var proof = CastVerifier.Verify(recording.AsStream());
            if (proof.Verdict == CastVerdict.Whole)
            {
                output.Line($"The hash chain of {name} is whole to its end ({proof.ProvedBytes} bytes), and its digest is {proof.Digest}. "
                    + "It is as it was recorded if `bascule session show` or the audit log has the same digest; of a deleted session they have none.");
                return ExitCodes.Good;
            }

            output.ErrorLine(proof.Verdict == CastVerdict.Broken
                ? $"{name} was changed: {proof.Fault}. Its first {proof.ProvedBytes} bytes fit their chain."
                : $"{name} is not proved to its end: its first {proof.ProvedBytes} bytes fit their chain, whose end is missing. It was cut, the session still goes on, or its host died.");
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            output.ErrorLine($"{name} cannot be read: {e.Message}");
        }

        return ExitCodes.FoundFault;
    }

    private static bool BeginsAsRecording(ReadOnlySequence<byte> beginning)
    {
        if (beginning.PositionOf((byte)'\n') is not { } end)
            return false;
        try
        {
            using var header = JsonDocument.Parse(beginning.Slice(0, end));
            return header.RootElement.ValueKind == JsonValueKind.Object && header.RootElement.TryGetProperty("version", out var version) && version.ValueKind == JsonValueKind.Number
                && version.TryGetInt32(out var number) && number == 3;
        }
        catch (JsonException)
        {
            // That is the answer.
            return false;
        }
    }
}
