namespace Bascule.Kubernetes.Fake;

/// <summary>What goes wrong with a request.</summary>
public enum FaultKind
{
    /// <summary>It is answered with the given Status, and nothing is done.</summary>
    Status,

    /// <summary>The connection is cut before anything is done.</summary>
    Cut,

    /// <summary>All is done, and then the connection is cut: the answer is lost.</summary>
    LostAnswer,
}

/// <summary>A fault for the next requests of a kind.</summary>
/// <param name="Verb">As in rules: <c>create</c>, <c>watch</c>.</param>
/// <param name="Resource">As in rules: <c>pods</c>, <c>pods/exec</c>.</param>
public sealed record Fault(string Verb, string Resource, FaultKind Kind, ApiException? Status = null)
{
    /// <summary>The server wants to be asked again later.</summary>
    public static Fault TooManyRequests(string verb, string resource, TimeSpan retryAfter) => new(verb, resource, FaultKind.Status,
        new ApiException(429, "TooManyRequests", "the server has received too many requests and has asked us to try again later") { RetryAfter = retryAfter });
}

/// <summary>Faults that tests ordered, each used up by one request.</summary>
public sealed class Faults
{
    private readonly Lock _gate = new();
    private readonly List<Fault> _waiting = [];

    public void Next(Fault fault, int times = 1)
    {
        lock (_gate)
            _waiting.AddRange(Enumerable.Repeat(fault, times));
    }

    /// <summary>How many were not met yet.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
                return _waiting.Count;
        }
    }

    internal Fault? Take(ApiRequest request)
    {
        lock (_gate)
        {
            var index = _waiting.FindIndex(fault => fault.Verb == request.Verb && fault.Resource == request.Resource);
            if (index < 0)
                return null;
            var taken = _waiting[index];
            _waiting.RemoveAt(index);
            return taken;
        }
    }
}
