using Bascule.Diagnostics;

namespace Bascule.Sessions.Kubernetes;

/// <summary>What may be wrong on the way to the API server, in words.</summary>
internal static class AccessVerdicts
{
    private const string Symptom = "New sessions end with runner_unavailable or runner_denied; /readyz says so. Sessions that run go on.";
    private const string Tokens = "https://kubernetes.io/docs/concepts/storage/projected-volumes/#serviceaccounttoken";

    internal static Verdict NoCredentials(string seen) => new("CLUSTER-NO-CREDENTIALS", Severity.Error,
        "Nothing here says how to reach a Kubernetes cluster.", seen, "Pods are started through the API server, which wants to know who asks.", Symptom,
        "In the cluster: let the pod of the gateway have its service account (serviceAccountName: bascule, deploy/kubernetes/gateway.yaml). Elsewhere: give --kubeconfig FILE, or set KUBECONFIG.", "");

    internal static Verdict BadKubeconfig(KubeAccessException fault) => new("CLUSTER-KUBECONFIG", Severity.Error,
        $"The kubeconfig {fault.Kubeconfig} cannot be {(fault.IsUnreadable ? "read" : "used")}.", fault.Message, "It says where the API server is and who asks; without it no cluster can be asked.", Symptom,
        $"Mend the file: `kubectl --kubeconfig {fault.Kubeconfig} config view` reads it the same way. Or give another one with --kubeconfig FILE, or KUBECONFIG.", "");

    internal static Verdict NotChecked(KubeError answer, string seen) => new("CLUSTER-NOT-CHECKED", Severity.Error,
        $"The cluster could not be checked: {(answer.Status == 403 ? "the right to create selfsubjectaccessreviews is missing" : "selfsubjectaccessreviews are not answered")} ({answer.Status} {answer.Reason}).", seen,
        "Even what these credentials may do is not told, which a cluster tells everybody unless somebody changed that. What was skipped is neither good nor bad.",
        "Unknown, until the cluster can be asked.",
        "Let these credentials create selfsubjectaccessreviews.authorization.k8s.io: the ClusterRole system:basic-user gives it, and is bound to system:authenticated unless somebody took that away (kubectl describe clusterrolebinding system:basic-user). "
        + "If the server answers 403 to everybody, look at what stands before it, or ask with another kubeconfig (--kubeconfig FILE).",
        "https://kubernetes.io/docs/reference/access-authn-authz/rbac/#discovery-roles");

    internal static Verdict Unreachable(string seen) => new("CLUSTER-API-UNREACHABLE", Severity.Error,
        "The API server cannot be reached.", seen, "Without it no pod can be started, ended or looked at.", Symptom,
        "Compare the address with that of `kubectl cluster-info`. In the cluster, look for a NetworkPolicy in the namespace of the gateway that leaves out egress to the API server; outside, for a VPN or firewall.", "");

    internal static Verdict Untrusted(string seen) => new("CLUSTER-TLS", Severity.Error,
        "The API server's certificate is not believed, or ours is not by it.", seen, "The connection could be anybody's, so nothing is sent over it: least of all the token.", Symptom,
        "Put the authority of this cluster into the kubeconfig (certificate-authority-data), and a server name that the certificate has (tls-server-name). In a pod both come with the service account: compare ca.crt with the ConfigMap kube-root-ca.crt.",
        "https://kubernetes.io/docs/reference/access-authn-authz/authentication/");

    internal static Verdict Unchecked(string seen) => new("CLUSTER-TLS-UNCHECKED", Severity.Warning,
        "The API server's certificate is not checked.", seen, "Whoever stands between here and there reads the token, and may start pods with it.", "None, until it happens.",
        "Take insecure-skip-tls-verify out of the kubeconfig and put certificate-authority-data in.", "");

    internal static Verdict NotKubernetes(string seen) => new("CLUSTER-API-ANSWER", Severity.Error,
        "What answers there does not speak as an API server does.", seen, "A proxy, a login page or another program has the address.", Symptom,
        "Compare `server` of the kubeconfig with that of a kubeconfig that works with kubectl.", "");

    internal static Verdict Refused(string seen) => new("CLUSTER-TOKEN-REFUSED", Severity.Error,
        "The API server does not know these credentials.", seen, "The token has expired, belongs to another cluster, or its service account was deleted; or the client certificate is over.", Symptom,
        "In a pod: restart it, and see that the service account exists (`kubectl get serviceaccount`). With a kubeconfig: fetch a new token (`kubectl create token bascule -n bascule`), better a file that is renewed (tokenFile).", Tokens);

    internal static Verdict Expired(string seen) => new("CLUSTER-TOKEN-EXPIRED", Severity.Error,
        "The token of the service account has expired.", seen, "The kubelet writes a new one long before that; nobody did here.", Symptom,
        "Look whether the file is the one that the kubelet writes (a copy is never renewed; so is a subPath mount), and restart the pod. A kubeconfig needs tokenFile, not token.", Tokens);

    internal static Verdict Static(string seen) => new("CLUSTER-TOKEN-STATIC", Severity.Warning,
        "The token stands in the kubeconfig itself and will expire.", seen, "Nobody renews it there: when it is over, so are new sessions.", "Some time from now: " + Symptom,
        "Name a file that is renewed (tokenFile), or run the gateway in the cluster.", Tokens);

    internal static Verdict Endless(string seen) => new("CLUSTER-TOKEN-ENDLESS", Severity.Warning,
        "The token never expires.", seen, "Who once read it may start pods for ever. Kubernetes has made no such tokens by itself since 1.24.", "None, until it happens.",
        "Use the token of the pod, or `kubectl create token`, and delete the Secret of the old one.",
        "https://kubernetes.io/docs/concepts/security/service-accounts/");
}
