using System.Globalization;
using Bascule.Gateway;
using Bascule.Handover.Child;
using Microsoft.Extensions.Logging.Abstractions;

switch (args)
{
    // Takes links on PATH until standard input ends. With a number, only so many descriptors are left free after the first link is there.
    case ["shard", var path, var token, .. var rest]:
    {
        var ended = LifeLine.CutAsync(Console.OpenStandardInput());
        await using var listener = HandoverListener.Open(path, new HandoverTerms(token), new EchoShard(), NullLogger.Instance, TimeProvider.System);
        Console.WriteLine("listening");
        if (rest is [var free])
        {
            while (listener.Links.Count == 0)
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, CancellationToken.None);
            Limits.LeaveDescriptors(int.Parse(free, CultureInfo.InvariantCulture));
            Console.WriteLine("limited");
        }

        await ended;
        return 0;
    }

    // Hands over COUNT sockets at once to the shard on PATH, and tells how it went.
    case ["measure", var path, var token, var count]:
        await new ManyHandovers(int.Parse(count, CultureInfo.InvariantCulture)).RunAsync(path, token);
        return 0;

    // Keeps a child running, for the test to kill the parent of.
    case ["parent", var program, .. var arguments]:
    {
        await using var child = new ShardProcess("child", new ShardCommand(program, arguments), NullLogger.Instance, TimeProvider.System);
        child.Changed += state => Console.WriteLine(state.Phase == ShardPhase.Running ? "child runs" : "child does not run");
        child.Start();
        await LifeLine.CutAsync(Console.OpenStandardInput());
        return 0;
    }

    default:
        Console.Error.WriteLine("shard PATH TOKEN [FREE] | measure PATH TOKEN COUNT | parent PROGRAM ARGUMENT...");
        return 64;
}
