using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace Bascule.Sessions.Kubernetes;

/// <summary>Keeps the ready addresses behind one Service, out of all its slices.</summary>
public sealed class EndpointSliceWatch : IWatchReader
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, JsonObject> _slices = new(StringComparer.Ordinal);
    private readonly ListWatch _watch;
    private readonly int _port;
    private volatile IReadOnlyList<IPAddress>? _ready;
    private volatile IReadOnlyList<int> _ports = [];

    /// <param name="space">Namespace of the Service.</param>
    /// <param name="port">The one that the pods listen on.</param>
    public EndpointSliceWatch(KubeClient client, string space, string service, int port, ILogger log, TimeProvider time)
    {
        _port = port;
        _watch = new ListWatch(
            client,
            $"apis/discovery.k8s.io/v1/namespaces/{space}/endpointslices",
            $"labelSelector={Uri.EscapeDataString($"kubernetes.io/service-name={service}")}",
            this, log, time)
        { FaultChanged = () => Changed?.Invoke() };
    }

    /// <summary>After each change of what is here, from the task of <see cref="RunAsync"/>.</summary>
    public event Action? Changed;

    /// <summary>Where new connections may go; null before the first list.</summary>
    public IReadOnlyList<IPAddress>? Ready => _ready;

    /// <summary>All ports of the slices, by number: to tell a wrong one.</summary>
    public IReadOnlyList<int> Ports => _ports;

    /// <summary>Why the rest may be old; null while the watch stands.</summary>
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
            // A Service with two families of addresses has slices for each, and every pod in both. Of type FQDN are names.
            var family = _slices.Values.Any(slice => slice.Text("addressType") == "IPv4") ? "IPv4" : "IPv6";
            List<JsonObject> slices = [.. _slices.Values.Where(slice => slice.Text("addressType") == family)];
            _ports = [.. slices.SelectMany(PortsOf).Distinct().Order()];
            // While an endpoint moves from one slice to another, both have it.
            _ready = [.. slices.Where(slice => PortsOf(slice).Contains(_port)).SelectMany(ReadyOf).Distinct().OrderBy(address => address.ToString(), StringComparer.Ordinal)];
        }

        Changed?.Invoke();
    }

    private static IEnumerable<int> PortsOf(JsonObject slice) => slice.Items("ports").Select(port => port.Number("port")).OfType<int>();

    private static IEnumerable<IPAddress> ReadyOf(JsonObject slice)
    {
        foreach (var endpoint in slice.Items("endpoints"))
        {
            // Null counts as ready. One on its way out is not ready, though it may still serve what it has (EndpointConditions of discovery.k8s.io/v1).
            if (endpoint["conditions"].Flag("ready") == false)
                continue;
            // Several addresses of one endpoint are one thing; only the first is used (same source).
            if ((endpoint["addresses"] as JsonArray)?.FirstOrDefault() is JsonValue first && first.TryGetValue(out string? text) && IPAddress.TryParse(text, out var address))
                yield return address;
        }
    }
}
