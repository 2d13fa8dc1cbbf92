using System.Text.Json;
using System.Text.Json.Serialization;
using Bascule.Load;

namespace Bascule.Cli;

/// <summary>What a worker process says to the one that started it, a line for each thing: progress once a second, at the end its result.</summary>
public static class WorkerChannel
{
    private const string ProgressMark = "progress ";
    private const string ResultMark = "result ";

    private static readonly JsonSerializerOptions Layout = new() { Converters = { new JsonStringEnumConverter() } };

    public static string Of(LoadPlan plan) => JsonSerializer.Serialize(plan, Layout);

    public static string Of(LoadProgress progress) => ProgressMark + JsonSerializer.Serialize(progress, Layout);

    public static string Of(LoadResult result) => ResultMark + JsonSerializer.Serialize(result, Layout);

    /// <exception cref="InvalidDataException">It is no plan.</exception>
    public static LoadPlan ReadPlan(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<LoadPlan>(line, Layout) ?? throw new InvalidDataException("A worker was given no plan.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException("A worker was given something that is no plan. Workers are started by `bascule load --workers`, not by hand.", e);
        }
    }

    /// <summary>A progress, or a result, or neither when it is no line of the channel.</summary>
    public static (LoadProgress? Progress, LoadResult? Result) Read(string line) => line switch
    {
        _ when line.StartsWith(ProgressMark, StringComparison.Ordinal) => (JsonSerializer.Deserialize<LoadProgress>(line.AsSpan(ProgressMark.Length), Layout), null),
        _ when line.StartsWith(ResultMark, StringComparison.Ordinal) => (null, JsonSerializer.Deserialize<LoadResult>(line.AsSpan(ResultMark.Length), Layout)),
        _ => (null, null),
    };
}
