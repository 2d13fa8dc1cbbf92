using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Bascule.Backends;
using Bascule.Sessions.Kubernetes;
using Bascule.Settings;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>Services of the cluster in which the gateway runs, or of the one that <c>sessions.kubernetes</c> names. The way to it is looked for when the first pool asks.</summary>
internal sealed class KubernetesServices(Func<KubernetesOptions> options, ILogger log, TimeProvider time) : IServiceFinder, IDisposable
{
    /// <summary>Credentials may come later than the gateway.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private KubeClient? _client;

    public async IAsyncEnumerable<ServiceAnswer> FollowAsync(Uri service, [EnumeratorCancellation] CancellationToken cancellation)
    {
        KubeClient? client;
        while ((client = ClientOf(out var fault)) is null)
        {
            yield return new ServiceAnswer(null, fault);
            await Task.Delay(Again, time, cancellation);
        }

        var name = ServiceName.Of(service.Host) ?? throw new ArgumentException($"{service.Host} names no Service.", nameof(service));
        var watch = new EndpointSliceWatch(client, name.Space, name.Service, service.Port, log, time);
        // One is enough: what is told is how it stands when its turn comes.
        var changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        watch.Changed += () => changes.Writer.TryWrite(true);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = watch.RunAsync(stop.Token);
        try
        {
            await foreach (var _ in changes.Reader.ReadAllAsync(cancellation))
            {
                // The list is there, and not read yet: that is told next.
                if (watch.Ready is not null || watch.Fault is not null)
                    yield return new ServiceAnswer(watch.Ready, watch.Fault ?? Missing(name, service.Port, watch));
            }
        }
        finally
        {
            await stop.CancelAsync();
            await running;
        }
    }

    public void Dispose() => _client?.Dispose();

    private KubeClient NewClient(KubernetesOptions known) => new(KubeAccess.Find(known, Environment.GetEnvironmentVariable, time), time, known.Limits);

    private static string? Missing(ServiceName name, int port, EndpointSliceWatch watch)
    {
        if (watch.Ready is not { Count: 0 })
            return null;
        var text = string.Create(CultureInfo.InvariantCulture, $"no pod that listens on port {port} is ready behind Service {name.Service} of namespace {name.Space}");
        return watch.Ports.Contains(port) ? text
            : watch.Ports.Count == 0 ? $"{text}: it has no endpoints, or names no port"
            : $"{text}: its endpoints have port {string.Join(", ", watch.Ports)}";
    }

    private KubeClient? ClientOf(out string? fault)
    {
        fault = null;
        lock (_gate)
        {
            try
            {
                return _client ??= NewClient(options());
            }
            catch (IOException e)
            {
                fault = e.Message;
                return null;
            }
        }
    }
}
