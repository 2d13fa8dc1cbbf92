using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace Bascule.Sessions.Kubernetes;

/// <summary>One address behind a Service.</summary>
/// <param name="Port">Of the first port of the slice, or of the one with the wanted name.</param>
/// <param name="IsReady">New connections may go there.</param>
/// <param name="IsServing">It answers, ready or on its way out.</param>
/// <param name="IsTerminating">On its way out: what is there may end in peace.</param>
public sealed record ServiceEndpoint(string Address, int Port, bool IsReady, bool IsServing, bool IsTerminating, string? Node, string? Zone);

/// <summary>Keeps the endpoints of one Service, out of all its slices.</summary>
public sealed class EndpointSliceWatch : IWatchReader
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, JsonObject> _slices = new(StringComparer.Ordinal);
    private readonly ListWatch _watch;
    private readonly string? _port;
    private volatile IReadOnlyList<ServiceEndpoint> _current = [];

    /// <param name="space">Namespace of the Service.</param>
    /// <param name="port">Name of the port; null: the first.</param>
    public EndpointSliceWatch(KubeClient client, string space, string service, string? port, ILogger log, TimeProvider time)
    {
        _port = port;
        _watch = new ListWatch(
            client,
            $"apis/discovery.k8s.io/v1/namespaces/{space}/endpointslices",
            $"labelSelector={Uri.EscapeDataString($"kubernetes.io/service-name={service}")}",
            this, log, time);
    }

    /// <summary>After each change, from the task of <see cref="RunAsync"/>.</summary>
    public event Action<IReadOnlyList<ServiceEndpoint>>? Changed;

    public IReadOnlyList<ServiceEndpoint> Current => _current;

    /// <summary>Why <see cref="Current"/> may be old; null while the watch stands.</summary>
    public string? Fault => _watch.Fault;

    /// <summary>Until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellation) => _watch.RunAsync(cancellation);

    void IWatchReader.Listed(IReadOnlyList<JsonObject> objects)
    {
        lock (_gate)
        {
            _slices.Clear();
            foreach (var slice in objects)
                _slices[PodNames.NameOf(slice)] = slice;
        }

        Publish();
    }

    void IWatchReader.Changed(JsonObject changed)
    {
        lock (_gate)
            _slices[PodNames.NameOf(changed)] = changed;
        Publish();
    }

    void IWatchReader.Deleted(JsonObject last)
    {
        lock (_gate)
            _slices.Remove(PodNames.NameOf(last));
        Publish();
    }

    private void Publish()
    {
        lock (_gate)
        {
            // While an endpoint moves from one slice to another, both have it: the one that is ready counts.
            _current = [.. _slices.Values.SelectMany(Read)
                .GroupBy(endpoint => (endpoint.Address, endpoint.Port))
                .Select(same => same.OrderByDescending(endpoint => endpoint.IsReady).ThenByDescending(endpoint => endpoint.IsServing).First())
                .OrderBy(endpoint => endpoint.Address, StringComparer.Ordinal)];
        }

        Changed?.Invoke(_current);
    }

    private IEnumerable<ServiceEndpoint> Read(JsonObject slice)
    {
        var port = slice.Items("ports").FirstOrDefault(p => _port is null || p.Text("name") == _port).Number("port");
        if (port is null)
            yield break;
        foreach (var endpoint in slice.Items("endpoints"))
        {
            var conditions = endpoint["conditions"];

            // Null counts as true for ready and, by it, for serving; as false for terminating (EndpointConditions of discovery.k8s.io/v1).
            var ready = conditions.Flag("ready") ?? true;
            var serving = conditions.Flag("serving") ?? ready;
            var terminating = conditions.Flag("terminating") ?? false;

            // Several addresses of one endpoint are one thing; only the first is used (same source).
            if ((endpoint["addresses"] as JsonArray)?.FirstOrDefault() is JsonValue first && first.TryGetValue(out string? address))
                yield return new ServiceEndpoint(address, port.Value, ready, serving, terminating, endpoint.Text("nodeName"), endpoint.Text("zone"));
        }
    }
}
