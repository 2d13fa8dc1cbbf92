namespace Bascule.Gateway;

/// <summary>The child's end of its tie to the gateway: standard input, which ends when the gateway does, however that ends.</summary>
public static class LifeLine
{
    /// <summary>Reads on a thread of its own. What comes is nothing to anybody.</summary>
    /// <returns>Completes when the other end is gone.</returns>
    public static Task CutAsync(Stream input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var cut = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => Watch(input, cut)) { IsBackground = true, Name = "life line" }.Start();
        return cut.Task;
    }

    private static void Watch(Stream input, TaskCompletionSource cut)
    {
        Span<byte> ignored = stackalloc byte[64];
        try
        {
            while (input.Read(ignored) > 0)
            {
                // Not the end.
            }
        }
        catch (IOException)
        {
            // A line that cannot be read holds nothing either.
        }

        cut.TrySetResult();
    }
}
