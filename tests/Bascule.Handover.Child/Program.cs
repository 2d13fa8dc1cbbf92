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
        var shard = rest is [] ? new EchoShard() : new EchoShard(new EchoThread().Serve);
        await using var listener = HandoverListener.Open(path, new HandoverTerms(token), shard, NullLogger.Instance, TimeProvider.System);
        Console.WriteLine("listening");
        if (rest is [var free])
        {
            while (listener.Links.Count == 0)
                EchoThread.Pause(5);
            EchoThread.AwaitQuiet();
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

    // Sends more descriptors than a process may have on their way at a time, to a side that does not read yet.
    case ["flood", var count]:
        await Flood.RunAsync(1);
        if (Environment.IsPrivilegedProcess)
            Limits.BecomeNobody();
        Console.WriteLine($"arrived {await Flood.RunAsync(int.Parse(count, CultureInfo.InvariantCulture), leaveDescriptors: 40)}");
        return 0;

    // Connects to the shard on PATH as another user, with the right token.
    case ["stranger", var path, var token]:
    {
        await Flood.RunAsync(1);
        Limits.BecomeNobody();
        await using var dialer = new HandoverDialer(path, new HandoverTerms(token), new EchoShard(), NullLogger.Instance, TimeProvider.System);
        while (dialer.Fault is null)
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, CancellationToken.None);
        Console.WriteLine(dialer.Fault);
        return 0;
    }

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
        Console.Error.WriteLine("shard PATH TOKEN [FREE] | measure PATH TOKEN COUNT | flood COUNT | stranger PATH TOKEN | parent PROGRAM ARGUMENT...");
        return 64;
}
