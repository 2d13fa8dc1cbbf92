using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;

namespace Bascule.Backends.Tests;

/// <summary>Says of Services what a test wants.</summary>
internal sealed class ScriptedServices : IServiceFinder
{
    private readonly ConcurrentDictionary<string, Channel<ServiceAnswer>> _answers = new(StringComparer.Ordinal);

    public IAsyncEnumerable<ServiceAnswer> FollowAsync(Uri service, CancellationToken cancellation) => Of(service.Authority).Reader.ReadAllAsync(cancellation);

    internal void Say(string service, params string[] addresses) => Of(service).Writer.TryWrite(new ServiceAnswer([.. addresses.Select(IPAddress.Parse)], null));

    internal void Fail(string service, string fault, bool isEmpty = false) => Of(service).Writer.TryWrite(new ServiceAnswer(isEmpty ? [] : null, fault));

    private Channel<ServiceAnswer> Of(string service) => _answers.GetOrAdd(service, _ => Channel.CreateUnbounded<ServiceAnswer>());
}
