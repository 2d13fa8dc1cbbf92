namespace Bascule.Terminal;

/// <summary>What a terminal put out, as far as it is kept.</summary>
internal static class TerminalResult
{
    internal static ResultDocument Of(HostedTerminal terminal)
    {
        var source = terminal.Terminal;
        // The exit first: with it the output is whole.
        var exit = terminal.Exit;
        if (source.Order.Tty)
        {
            var kept = All(source.Output);
            return new ResultDocument(exit, kept, default, source.Output.End, 0, source.Output.Start > 0);
        }

        var (output, errors) = (source.OutputResult, source.ErrorsResult);
        var (outputBytes, errorBytes) = (source.Output.End, source.Errors!.End);
        return new ResultDocument(exit, output, errors, outputBytes, errorBytes, outputBytes > output.Length || errorBytes > errors.Length);
    }

    private static byte[] All(OutputRing ring)
    {
        var kept = new byte[ring.Capacity];
        while (true)
        {
            var start = ring.Start;
            if (ring.Read(start, kept) is >= 0 and var count)
                return kept[..count];
        }
    }
}
