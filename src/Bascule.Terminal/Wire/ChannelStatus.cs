using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bascule.Terminal;

/// <summary>The <c>v1.Status</c> that ends an exec of Kubernetes.</summary>
/// <remarks>Source: k8s.io/apimachinery remotecommand, <c>NonZeroExitCode</c> with the cause <c>ExitCode</c>.</remarks>
public static class ChannelStatus
{
    // As a shell counts a program that a signal ended.
    private const int SignalBase = 128;

    /// <returns>A frame of channel 3.</returns>
    public static byte[] Frame(ExitFrame exit)
    {
        var status = new JsonObject { ["metadata"] = new JsonObject() };
        if (CodeOf(exit) is not { } code)
        {
            status["status"] = "Failure";
            status["reason"] = "InternalError";
            status["message"] = $"the command was ended: {exit.Cause}";
        }
        else if (code == 0)
            status["status"] = "Success";
        else
        {
            status["status"] = "Failure";
            status["reason"] = "NonZeroExitCode";
            status["message"] = $"command terminated with non-zero exit code: {code}";
            status["details"] = new JsonObject
            {
                ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ExitCode", ["message"] = code.ToString() }),
            };
        }

        return [TermChannel.Status, .. JsonSerializer.SerializeToUtf8Bytes<JsonNode>(status)];
    }

    /// <summary>The exit code as a shell tells it; null when we ended the command.</summary>
    public static int? CodeOf(ExitFrame exit) => exit switch
    {
        { Cause: "exited", Code: { } code } => code,
        { Cause: "signalled", Signal: { } signal } => SignalBase + SignalNames.NumberOf(signal),
        _ => null,
    };

    /// <summary>The exit code as a shell would tell it, whoever ended the command; 1 when it had neither code nor signal.</summary>
    internal static int ShellCodeOf(ExitFrame exit) => exit.Code ?? (exit.Signal is { } signal ? SignalBase + SignalNames.NumberOf(signal) : 1);
}
