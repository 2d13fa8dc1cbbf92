using System.Text.Json.Nodes;
using Bascule.Diagnostics;

namespace Bascule.Sessions.Kubernetes;

/// <summary>The Service of the gateways: whether it leads to them, and to a port on which they listen.</summary>
internal static class ServiceSteps
{
    private const string Symptom = "Clients get 502 or 503 from whatever stands before it, or their connection is refused.";
    private const string Source = "https://kubernetes.io/docs/concepts/services-networking/service/";

    internal static async Task RunAsync(CheckSteps steps, KubeClient client, ClusterQuestion question, IReadOnlyList<JsonObject> gateways, CancellationToken cancellation)
    {
        var path = $"api/v1/namespaces/{question.Gateways}/services/{question.Service}";
        var service = await client.GetAsync(path, cancellation);
        if (service.Error is { Status: 404 })
        {
            steps.Found("service", new Verdict("CLUSTER-NO-SERVICE", Severity.Error, $"There is no Service {question.Service} in namespace {question.Gateways}.", service.Error.Message,
                "Whatever stands before the gateways finds them by it.", Symptom, $"kubectl apply -k deploy/kubernetes, or name yours (--service, --gateway-namespace).", Source));
        }
        else if (steps.MaySee("service", service.Error, $"Service {question.Service} of namespace {question.Gateways}"))
        {
            SayService(steps, question, service.Found!, gateways);
        }

        var slices = await client.ListAsync(
            $"apis/discovery.k8s.io/v1/namespaces/{question.Gateways}/endpointslices", $"labelSelector={Uri.EscapeDataString($"kubernetes.io/service-name={question.Service}")}", cancellation);
        if (steps.MaySee("endpoints", slices.Error, $"the EndpointSlices of namespace {question.Gateways}"))
            SayEndpoints(steps, question, slices.Items, gateways);
    }

    private static void SayService(CheckSteps steps, ClusterQuestion question, JsonObject service, IReadOnlyList<JsonObject> gateways)
    {
        var ports = service.Items("spec", "ports").ToList();
        var seen = string.Join(", ", ports.Select(port => $"{port.Number("port")} → {Target(port)}"));
        if (gateways.Count > 0 && !gateways.Any(pod => Selects(service, pod)))
        {
            steps.Found("service", new Verdict("CLUSTER-SERVICE-SELECTS-NOTHING", Severity.Error, $"Service {question.Service} selects none of the {gateways.Count} gateways.",
                $"selector {service.At("spec", "selector")?.ToJsonString() ?? "none"}; labels of {PodNames.NameOf(gateways[0])}: {gateways[0].At("metadata", "labels")?.ToJsonString()}",
                "Each label of the selector must stand on the pods.", Symptom, "Make spec.selector of the Service the labels of the pods: app.kubernetes.io/name: bascule.", Source));
            return;
        }

        if (gateways.Count > 0 && ports.Find(port => !gateways.Any(pod => Listens(pod, port))) is { } wrong)
        {
            steps.Found("service", new Verdict("CLUSTER-PORT-MISMATCH", Severity.Error, $"Service {question.Service} leads to port {Target(wrong)}, which no gateway has.",
                $"Service: {seen}; {PodNames.NameOf(gateways[0])}: {PortsOf(gateways[0])}", "targetPort is a port of the container, or its name; connections to another one are refused.", Symptom,
                $"Set targetPort of the Service to one of the container's ports ({PortsOf(gateways[0])}), and listen.public of the gateway to the same number.", Source));
            return;
        }

        steps.Good("service", $"{question.Service}: {seen}");
    }

    private static void SayEndpoints(CheckSteps steps, ClusterQuestion question, IReadOnlyList<JsonObject> slices, IReadOnlyList<JsonObject> gateways)
    {
        var endpoints = slices.SelectMany(slice => slice.Items("endpoints")).ToList();
        var ready = endpoints.Count(endpoint => endpoint["conditions"].Flag("ready") ?? true);
        if (ready == 0)
        {
            steps.Found("endpoints", new Verdict("CLUSTER-NO-ENDPOINTS", Severity.Error, $"Behind Service {question.Service} there is no gateway that is ready.",
                $"{slices.Count} EndpointSlices with {endpoints.Count} endpoints, none ready", "Connections to the Service are refused.", Symptom,
                $"kubectl -n {question.Gateways} get pods: are they ready? kubectl -n {question.Gateways} get endpointslices -l kubernetes.io/service-name={question.Service}", Source));
            return;
        }

        var strange = slices.SelectMany(slice => slice.Items("ports")).Select(port => port.Number("port"))
            .FirstOrDefault(port => port is not null && gateways.Count > 0 && !gateways.Any(pod => Containers(pod).Any(own => own.Number("containerPort") == port)));
        if (strange is not null)
        {
            steps.Found("endpoints", new Verdict("CLUSTER-ENDPOINT-PORT", Severity.Error, $"The endpoints of Service {question.Service} have port {strange}, which no gateway has.",
                $"EndpointSlice: {strange}; {PodNames.NameOf(gateways[0])}: {PortsOf(gateways[0])}", "Connections go to that port of the pods, and are refused.", Symptom,
                "Set targetPort of the Service to a port of the container. Slices that somebody wrote by hand have to be changed by hand.", Source));
            return;
        }

        steps.Good("endpoints", $"{ready} ready of {endpoints.Count}");
    }

    private static bool Selects(JsonObject service, JsonObject pod) => service.At("spec", "selector") is JsonObject { Count: > 0 } selector
        && selector.All(pair => pod.Text("metadata", "labels", pair.Key) == pair.Value.Text());

    /// <summary>A number counts as listened on only when the container names it: that is all that can be known from outside.</summary>
    private static bool Listens(JsonObject pod, JsonObject port) => port["targetPort"].Text() is { } name
        ? Containers(pod).Any(own => own.Text("name") == name)
        : Containers(pod).Any(own => own.Number("containerPort") == (port.Number("targetPort") ?? port.Number("port")));

    private static string Target(JsonObject port) => port["targetPort"].Text() ?? $"{port.Number("targetPort") ?? port.Number("port")}";

    private static string PortsOf(JsonObject pod) => string.Join(", ", Containers(pod).Select(port => $"{port.Number("containerPort")}{(port.Text("name") is { } name ? $" ({name})" : "")}")) is { Length: > 0 } ports ? ports : "no ports";

    private static IEnumerable<JsonObject> Containers(JsonObject pod) => pod.Items("spec", "containers").SelectMany(container => container.Items("ports"));
}
